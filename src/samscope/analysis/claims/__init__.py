"""The paper's claims, each of them a test on the records of a study."""
