"""Says what pyHanko thinks of signed PDF files.

Reads a list of {"file", "roots", "crls", "tsa", "at"} from standard input (paths
of DER files; "at" is seconds since 1970) and writes a list of findings.
"""

import datetime
import json
import logging
import sys

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)


def load(kind, paths):
    out = []
    for path in paths or []:
        with open(path, "rb") as f:
            out.append(kind.load(f.read()))
    return out


def context(roots, job):
    at = datetime.datetime.fromtimestamp(job["at"], datetime.timezone.utc)
    return ValidationContext(
        trust_roots=roots, crls=load(crl.CertificateList, job.get("crls")), moment=at,
        allow_fetching=False, revocation_mode="require" if job.get("crls") else "soft-fail",
    )


def look(job):
    try:
        with open(job["file"], "rb") as f:
            found = PdfFileReader(f).embedded_signatures
            if not found:
                return {"signatures": 0}
            last = found[-1]
            status = validate_pdf_signature(
                last,
                signer_validation_context=context(load(x509.Certificate, job["roots"]), job),
                ts_validation_context=context(load(x509.Certificate, job.get("tsa")), job),
            )
            attributes = [a["type"].native for a in last.signer_info["signed_attrs"]]
            return {
                "signatures": len(found), "intact": status.intact, "valid": status.valid, "trusted": status.trusted,
                "bottom": status.bottom_line, "coverage": status.coverage.name,
                "changed": status.modification_level not in (None, ModificationLevel.NONE),
                "revoked": status.revoked, "subfilter": str(last.sig_object["/SubFilter"]),
                "attributes": sorted(attributes),
                "stamped": status.timestamp_validity.timestamp.timestamp()
                if status.timestamp_validity and status.timestamp_validity.valid and status.timestamp_validity.trusted else 0,
            }
    except Exception as e:  # whatever it cannot read, it does not call valid
        return {"error": f"{type(e).__name__}: {e}"}


json.dump([look(job) for job in json.load(sys.stdin)], sys.stdout)
