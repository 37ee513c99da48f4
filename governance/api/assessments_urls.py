"""Where are assessments, waivers of controls and the work queue under /api/v1/?"""

from django.urls import path

from governance.api import assessments, work

urlpatterns = [
    path("versions/<uuid:pk>/assessments", assessments.AssessmentsView.as_view()),
    path("versions/<uuid:pk>/assessments/why", assessments.WhyView.as_view()),
    path("versions/<uuid:pk>/control-to-sign", assessments.ControlToSignView.as_view()),
    path("versions/<uuid:pk>/control-waivers", assessments.ControlWaiversView.as_view()),
    path("work", work.WorkView.as_view()),
    path("work/setting", work.WorkSettingView.as_view()),
    path("work/feed", work.WorkFeedView.as_view()),
    path("work/calendar/<str:secret>.ics", work.CalendarView.as_view(), name="work-calendar"),
]
