"""Write the messages and their expectations: `python -m tests.callcenter.mail.parsing.write_messages`."""

from __future__ import annotations

from tests.callcenter.mail.parsing.builders import Sample, write
from tests.callcenter.mail.parsing.samples_bodies import body_samples
from tests.callcenter.mail.parsing.samples_headers import header_samples
from tests.callcenter.mail.parsing.samples_hostile import hostile_samples
from tests.callcenter.mail.parsing.samples_languages import language_samples
from tests.callcenter.mail.parsing.samples_others import other_samples
from tests.callcenter.mail.parsing.samples_structure import structure_samples


def all_samples() -> list[Sample]:
    return header_samples() + body_samples() + other_samples() + language_samples() + structure_samples() + hostile_samples()


if __name__ == "__main__":
    write(all_samples)
