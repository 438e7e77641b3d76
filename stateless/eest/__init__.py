"""The execution-spec-tests' fixtures run as a library: state tests and blockchain tests.

``run`` takes a file apart and sends each test where it belongs: ``state_test``, ``patricia_chain``,
``verkle_chain``. ``chain`` is what the last two share, ``fixture`` what all do.

Source: execution-spec-tests ``docs/running_tests/test_formats/{state_test,blockchain_test}.md``.
"""
