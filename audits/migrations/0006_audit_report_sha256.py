from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0005_charts'),
    ]

    operations = [
        migrations.AddField(
            model_name='audit',
            name='report_sha256',
            field=models.CharField(blank=True, help_text="Evidently's interactive report, where there is one.", max_length=64),
        ),
    ]
