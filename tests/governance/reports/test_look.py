import time, json
import pytest
from django.utils import timezone
from governance.reports import sections, render
from governance.reports.gather import gather, as_bytes
from tests.governance.reports.hospital import hospital
import hashlib
from audits.core.values import Verdict

@pytest.mark.django_db(transaction=True)
def test_look():
    h = hospital()
    h.consent(but=3)
    h.audit()
    h.ask()
    for name in ("deny","allow"):
        if name=="allow":
            h.waive(); h.waive(Verdict.NOT_MET); h.sign(); h.ask()
        t=time.time(); at=timezone.now()
        e=gather(version=h.version, environment="production", at=at); b=as_bytes(e)
        t1=time.time(); r=sections.report_of(e, hashlib.sha256(b).hexdigest()); t2=time.time()
        p=render.pdf(r,b,at=at,progress=lambda *a:None); t3=time.time()
        print("TIMES gather",t1-t,"sections",t2-t1,"render",t3-t2,"pdf",len(p),"json",len(b), e.tables[0].hidden_slices)
        open(f"/tmp/trial/{name}.pdf","wb").write(p); open(f"/tmp/trial/{name}.json","wb").write(b)
