"""Reads machine-readable zones with Python's mrz package and prints what it
says, for internal/travel/mrz's tests to compare: one JSON list of zones on the
standard input, each a list of lines; one JSON list of answers out."""
import json
import sys

from mrz.checker.mrva import MRVACodeChecker
from mrz.checker.mrvb import MRVBCodeChecker
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td2 import TD2CodeChecker
from mrz.checker.td3 import TD3CodeChecker


def checker(lines):
    if len(lines) == 3:
        return TD1CodeChecker
    visa = lines[0][0] == "V"
    if len(lines[0]) == 44:
        return MRVACodeChecker if visa else TD3CodeChecker
    return MRVBCodeChecker if visa else TD2CodeChecker


answers = []
for lines in json.load(sys.stdin):
    zone = checker(lines)("\n".join(lines))
    fields = zone.fields()
    answers.append({
        "right": bool(zone.result),
        "surname": fields.surname,
        "given": fields.name,
        "issuer": fields.country,
        "nationality": fields.nationality,
        "birth": fields.birth_date,
        "expiry": fields.expiry_date,
        "sex": fields.sex,
        "number": fields.document_number,
        "code": fields.document_type,
    })
json.dump(answers, sys.stdout)
