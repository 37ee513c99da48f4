"""The addresses of training, plans, changes and adoption under /api/v1/."""

from django.urls import path

from governance.api import adoption, plans, training

urlpatterns = [
    path("courses", training.CoursesView.as_view()),
    path("sites/<slug:slug>/training", training.TrainingImportsView.as_view()),
    path("models/<slug:slug>/training", training.TrainingCoverView.as_view()),
    path("plan-kinds", plans.PlanKindsView.as_view()),
    path("models/<slug:slug>/governed-plans", plans.GovernedPlansView.as_view()),
    path("governed-plans/<uuid:pk>", plans.GovernedPlanView.as_view()),
    path("versions/<uuid:pk>/change", plans.VersionChangeView.as_view()),
    path("models/<slug:slug>/goals", adoption.GoalsView.as_view()),
    path("goals/<uuid:pk>/reviews", adoption.GoalReviewsView.as_view()),
    path("models/<slug:slug>/consultations", adoption.ConsultationsView.as_view()),
    path("consultations/<uuid:pk>/forgetting", adoption.ForgettingView.as_view()),
    path("models/<slug:slug>/readiness", adoption.ReadinessView.as_view()),
    path("readiness-items", adoption.ReadinessItemsView.as_view()),
]
