"""Known answers that stand in the specification itself, each with the test of another team it comes from.

Hexadecimal throughout: points as 32 compressed bytes, scalars and hashes as 32 bytes little-endian.
"""

from __future__ import annotations

GENERATOR_DOUBLINGS = [
    "4a2c7486fd924882bf02c6908de395122843e3e05264d7991e18e7985dad51e9",
    "43aa74ef706605705989e8fd38df46873b7eae5921fbed115ac9d937399ce4d5",
    "5e5f550494159f38aa54d2ed7f11a7e93e4968617990445cc93ac8e59808c126",
    "0e7e3748db7c5c999a7bcd93d71d671f1f40090423792266f94cb27ca43fce5c",
    "14ddaa48820cb6523b9ae5fe9fe257cbbd1f3d598a28e670a40da5d1159d864a",
    "6989d1c82b2d05c74b62fb0fbdf8843adae62ff720d370e209a7b84e14548a7d",
    "26b8df6fa414bf348a3dc780ea53b70303ce49f3369212dec6fbe4b349b832bf",
    "37e46072db18f038f2cc7d3d5b5d1374c0eb86ca46f869d6a95fc2fb092c0d35",
    "2c1ce64f26e1c772282a6633fac7ca73067ae820637ce348bb2c8477d228dc7d",
    "297ab0f5a8336a7a4e2657ad7a33a66e360fb6e50812d4be3326fab73d6cee07",
    "5b285811efa7a965bd6ef5632151ebf399115fcc8f5b9b8083415ce533cc39ce",
    "1f939fa2fd457b3effb82b25d3fe8ab965f54015f108f8c09d67e696294ab626",
    "3088dcb4d3f4bacd706487648b239e0be3072ed2059d981fe04ce6525af6f1b8",
    "35fbc386a16d0227ff8673bc3760ad6b11009f749bb82d4facaea67f58fc60ed",
    "00f29b4f3255e318438f0a31e058e4c081085426adb0479f14c64985d0b956e0",
    "3fa4384b2fa0ecc3c0582223602921daaa893a97b64bdf94dcaa504e8b7b9e5f",
]
"""2^i · G for i = 0 … 15; go-ipa ``banderwagon/element_test.go`` TestEncodingFixedVectors."""

GENERATOR_MULTIPLES = {
    0: "00" * 32,
    3: "49730da2a2931b0402ee45d704997e8e33d462382e41ad209aa2dd869de5cb9b",
    5: "68cbece0b8fb55450410cbc058928a567eed293d168faef44bfde25f943aabe0",
}
GENERATOR_IMAGE = "d1e7de2aaea9603d5bc6c208d319596376556ecd8336671ba7670c2139772d14"

OUTSIDE_SUBGROUP = [
    "280e608d5bbbe84b16aac62aa450e8921840ea563f1c9c266e0240d89cbe6a78",
    "1b6989e2393c65bbad7567929cdbd72bbf0218521d975b0fb209fba0ee493c32",
    "31468782818807366dbbcd20b9f10f0d5b93f22e33fe49b450dfbddaf3ba6a9b",
    "6bfc4097e4874cdddebe74e041fcd329d8455278cd42b6dd4f40b042d4fc466b",
    "65dc0a9730cce485d82b230ce32c7c21688967c8943b4a51ba468f927e2e28ef",
    "0fd3536157199b46617c3fba4bae1c2ffab5409dfea1de62161bc10748651671",
    "5bdc73f43e90ae5c2956320ce2ef2b17809b11d6b9758c7861793b41f39b7c01",
    "23a89c778ee10b9925ad3df5dc1f7ab244c1daf305669bc6b03d1aaa100037a4",
    "67505814852867356aaa8387896efa1d1b9a72aad95549e53e69c15eb36a642c",
    "301bc9b1129a727c2a65b96f55a5bcd642a3d37e0834196863c4430e4281dc3a",
    "45d08715ac67ebb088bcfa3d04bcce76510edeb9e23f12ed512894ba1e6518fc",
    "0b3b6e1f8ec72e63c6aa7ae87628071df3d82ea2bea6516d1948dac2edc12179",
    "72430a05f507747aa5a42481b4f93522aa682b1d56e5285f089aa1b5fb09c67a",
    "5eb4d3e5ce8107c6dd7c6398f2a903a0df75ce655939c29a3e309f43fe5bcd1f",
    "6671109a7a15f4852ead3298318595a36010930fddbd3c8f667c6390e7ac3c66",
    "120faa1df94d5d831bbb69fc44816e25afd27288a333299ac3c94518fd0e016f",
]
"""On the curve, with a component at infinity; go-ipa TestPointAtInfinityComponent."""

BASIS = {
    0: "01587ad1336675eb912550ec2a28eb8923b824b490dd2ba82e48f14590a298a0",
    1: "6c6e607df0723edfff382fa914bfc38136f3300ab2e06fb97007b559fd323b82",
    2: "326be3bebfd97ed9d0d4ca1b8bc47e036a24b129f1488110b71c2cae1463db8f",
    3: "6bd241cc12dc9b2c0ad6fc85e016605c49c1a92939c7faeea0a555d2a1c3ddf8",
    4: "00d4bb940478cca48a5b822533d2b3215857ae7c6643c5954c96a0084ebffb2c",
    255: "3de2be346b539395b0c0de56a5ccca54a317f1b5c80107b0802af9a62276a4d8",
}
BASIS_SHA256 = "1fcaea10bf24f750200e06fa473c76ff0468007291fa548e2d99f09ba9256fdb"
"""go-ipa ``ipa/ipa_test.go`` TestCRSGeneration."""
TREE_KEY_CONSTANT = "22196df2c10590e04c34bd5cc57e09911b98c782a503d21bc1838e1c6e1a10bf"
"""(2 + 256·64)·G_0; geth ``trie/utils/verkle.go``."""

ONE_TO_32 = list(range(1, 33)) * 8
COMMIT_ONE_TO_32 = "1b9dff8f5ebbac250d291dfe90e36283a227c64b113c37f1bfb9e7a743cdb128"

TRANSCRIPTS: list[tuple[list[tuple[str, int | str, str]], str]] = [
    ([], "c2aa02607cbdf5595f00ee0dd94a2bbff0bed6a2bf8452ada9011eadb538d003"),
    (
        [("scalar", 5, "five"), ("scalar", 5, "five again")],
        "498732b694a8ae1622d4a9347535be589e4aee6999ffc0181d13fe9e4d037b0b",
    ),
    (
        [
            ("scalar", -1, "-1"),
            ("separator", "", "separate me"),
            ("scalar", -1, "-1 again"),
            ("separator", "", "separate me again"),
            ("scalar", 1, "now 1"),
        ],
        "14f59938e9e9b1389e74311a464f45d3d88d8ac96adf1c1129ac466de088d618",
    ),
    (
        [("point", GENERATOR_DOUBLINGS[0], "generator")],
        "8c2dafe7c0aabfa9ed542bb2cbf0568399ae794fc44fdfd7dff6cc0e6144921c",
    ),
]
"""Protocol "simple_protocol", challenge "simple_challenge"; go-ipa ``common/transcript_test.go``."""

IPA_POINT = 2101
IPA_VALUE = "4a353e70b03c89f161de002e8713beec0d740a5e20722fd5bd68b30540a33208"
IPA_STATE = "0a81881cbfd7d7197a54ebd67ed6a68b5867f3c783706675b34ece43e85e7306"
IPA_PROOF_SHA256 = "22f7f6ba54e83e8c3c1c8d29b7b57bcf3e999be7d05e19f083e2c25066abbaa1"
"""The vector ``ONE_TO_32``, transcript "test"; go-ipa TestIPAConsistencySimpleProof."""

MULTIPROOF_STATE = "eee8a80357ff74b766eba39db90797d022e8d6dee426ded71234241be504d519"
MULTIPROOF_SHA256 = "8058fa250dd6cb359a5a97d43b041ec5c2c9de987ef2d90a3e2320cd3736f141"
"""``ONE_TO_32`` and its reverse, both at z = 0, transcript "test"; go-ipa TestMultiProofConsistency."""

MULTIPROOF = """
    4f53588244efaf07a370ee3f9c467f933eed360d4fbf7a19dfc8bc49b67df4711bf1d0a720717cd6a8c75f1a668cb7cb
    dd63b48c676b89a7aee4298e71bd7f4013d7657146aa9736817da47051ed6a45fc7b5a61d00eb23e5df82a7f285cc10e
    67d444e91618465ca68d8ae4f2c916d1942201b7e2aae491ef0f809867d00e83468fb7f9af9b42ede76c1e90d89dd789
    ff22eb09e8b1d062d8a58b6f88b3cbe80136fc68331178cd45a1df9496ded092d976911b5244b85bc3de41e844ec1942
    56b39aeee4ea55538a36139211e9910ad6b7a74e75d45b869d0a67aa4bf600930a5f760dfb8e4df9938d1f47b743d71c
    78ba8585e3b80aba26d24b1f50b36fa1458e79d54c05f58049245392bc3e2b5c5f9a1b99d43ed112ca82b201fb143d40
    1741713188e47f1d6682b0bf496a5d4182836121efff0fd3b030fc6bfb5e21d6314a200963fe75cb856d444a813426b2
    084dfdc49dca2e649cb9da8bcb47859a4c629e97898e3547c591e39764110a224150d579c33fb74fa5eb96427036899c
    04154feab5344873d36a53a5baefd78c132be419f3f3a8dd8f60f72eb78dd5f43c53226f5ceb68947da3e19a750d760f
    b31fa8d4c7f53bfef11c4b89158aa56b1f4395430e16a3128f88e234ce1df7ef865f2d2c4975e8c82225f578310c31fd
    41d265fd530cbfa2b8895b228a510b806c31dff3b1fa5c08bffad443d567ed0e628febdd22775776e0cc9cebcaea9c6d
    f9279a5d91dd0ee5e7a0434e989a160005321c97026cb559f71db23360105460d959bcdf74bee22c4ad8805a1d497507
"""
"""The whole 576-byte proof of that test."""

_00_TO_1E = bytes(range(31)).hex()

TREES: list[tuple[str, dict[str, str], dict[str, str], str]] = [
    (
        "one zero value under the zero stem",
        {"00" * 32: "00" * 32},
        {
            "0002": "38f30e21c79747190371df99e88b886638be445d44f8f9b56ca7c062ea329944",
            "00": "56778fe0bcf12a14820d4c054d85cfcae4bdb7017107b6769cecd42629a3825e",
        },
        "6b630905ce275e39f223e175242df2c1e8395e6f46ec71dce5557012c1334a5c",
    ),
    (
        "key and value 00 … 1f",
        {bytes(range(32)).hex(): bytes(range(32)).hex()},
        {},
        "0fd723cd076a1d5d109f12c34cf8427e9995ac0125757d66b98b49f9547c92e2",
    ),
    (
        "values in both halves",
        {
            _00_TO_1E + "00": "01" * 32,
            _00_TO_1E + "7f": "02" * 32,
            _00_TO_1E + "80": "03" * 32,
            _00_TO_1E + "ff": "04" * 32,
        },
        {
            "0002": "54ec641bb43da3567a001ffdbca4a704e570570fdae6e2a3bdd6a3bf6c520940",
            "0003": "37d6ccab6f18200a9bd7c0cf215667425ac27d2756b5149e20a522971cd2f8cb",
            "00": "3099296cc5f459b7bb2d96644ed4a740a06c3fb2ac9b49cd10404a16590beb7f",
        },
        "",
    ),
    (
        "two stems that share a byte",
        {"00" * 32: "01" * 32, "000100" + "00" * 28 + "80": "02" * 32},
        {},
        "51588fc58d2310cac02ac9945f5f8814e419c9cc37fa4494e689db4991368c71",
    ),
    (
        "rust-verkle tests/golang_interop.rs",
        {
            "f56e644224f4576490cfe0de1424a4532212529bfe374713d84e7d7e8e9272" + suffix: value
            for suffix, value in [
                ("00", "00" * 32),
                ("01", "000064a7b3b6e00d" + "00" * 24),
                ("02", "00" * 32),
                ("03", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
                ("04", "00" * 32),
            ]
        },
        {},
        "10ed89d89047bb168baa4e69b8607e260049e928ddbcb2fdd23ea0f4182b1f8a",
    ),
    ("empty", {}, {}, "00" * 32),
]
"""(name, key → value, node's path → commitment, root or "")."""
BOTH_HALVES_IMAGE = "51776eca6c7860469c1acad2d7c50b1ca825dfda378e1dcc5a109937df84fe09"
"""Of the leaf of "values in both halves"; besu-verkle-trie."""

PEDERSEN_HASH_OF_64_ZEROS = "1a100684fd68185060405f3f160e4bb6e034194336b547bdae323f888d533207"

_BESU = "00112233445566778899aabbccddeeff00112233"
_SLOT = 0xFF0D54412868AB2569622781556C0B41264D9DAE313826ADAD7B60DA4B441E67

TREE_KEYS: list[tuple[str, str, int, str]] = [
    (
        "71562b71999873db5b286df957af199ec94617f7",
        "leaf",
        0,
        "1540dfad7755b40be0768c6aa0a5096fbf0215e0e8cf354dd928a17834646600",
    ),
    (_BESU, "leaf", 0, "46b95e4e504b92d984c91d6f17eba4b60b904fb370818f0b6e74bc3ae5034400"),
    (_BESU, "leaf", 1, "46b95e4e504b92d984c91d6f17eba4b60b904fb370818f0b6e74bc3ae5034401"),
    (_BESU, "slot", 32, "46b95e4e504b92d984c91d6f17eba4b60b904fb370818f0b6e74bc3ae5034460"),
    (_BESU, "slot", 64, "6127e4b0c266bee72914ce7261d0e4595c414c1ef439d9b0eb7d13cda5dc7640"),
    (_BESU, "slot", _SLOT, "e4674a8f2ed2b61006311280d5bf4bccb24c69ed5c2c7c4fe71133748e28a267"),
    (_BESU, "chunk", 24, "46b95e4e504b92d984c91d6f17eba4b60b904fb370818f0b6e74bc3ae5034498"),
    (
        "6f22ffbc56eff051aecf839396dd1ed9ad6bba9d",
        "chunk",
        128,
        "64465862f6244f410f93da62f24f4219a6e99fc3d0ad603da813b4be8e5c9500",
    ),
    ("ff" * 19 + "fe", "leaf", 0, "5b5fdfedd6a0e932da408ac7d772a36513d1eee9b9926e52620c43a433aad700"),
    (
        "0000f90827f1c53a10cb7a02335b175320002935",
        "leaf",
        0,
        "fde183a430529ef75cee8193dc4b6f64f9e7627b92a19b26196688d99a267200",
    ),
]
"""(20-byte address, what, its number, key); besu-verkle-trie ``TrieKeyFactoryTest``, geth tests."""
