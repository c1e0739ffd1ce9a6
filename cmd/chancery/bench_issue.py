"""Signs plain.pdf in a folder again and again with pyHanko; prints how often a second.

Arguments: the folder, seconds, processes.
"""

import io
import multiprocessing
import sys
import time

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

folder, seconds, processes = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])


def work(_):
    signer = signers.SimpleSigner.load(folder + "/key.pem", folder + "/signer.pem", ca_chain_files=(folder + "/chain.pem",))
    with open(folder + "/plain.pdf", "rb") as f:
        plain = f.read()
    meta = signers.PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", certify=True)
    done, begin = -5, time.monotonic()
    while (now := time.monotonic()) - begin < seconds:
        if done < 0:  # the first few fill caches and are not counted
            begin = now
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(plain)), meta, signer=signer)
        done += 1
    return done / (time.monotonic() - begin)


with multiprocessing.get_context("fork").Pool(processes) as pool:
    print(sum(pool.map(work, range(processes))))
