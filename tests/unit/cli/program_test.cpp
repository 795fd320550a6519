// Runs bin/galen itself: exit codes, one clear line, and offline verification.
#include "program.h"

#include "support/proof_sample.h"

namespace galen::cli {
namespace {

TEST_F(ProgramTest, WrongUsageIsOneLineAndCode2) {
  const std::string id(64, 'a');
  for (const std::string& arguments :
       {std::string(),
        std::string("frob"),
        std::string("record"),
        std::string("record get"),
        std::string("status --colour"),
        std::string("--output xml version"),
        std::string("--timeout 0 version"),
        std::string("block get abc"),
        std::string("block get -- -1"),
        std::string("block list --from 0"),
        std::string("block list --count 0"),
        std::string("block list --count 1001"),
        std::string("consent grant --to hospital-2"),
        "consent grant --patient " + id + " --to hospital-2 --max-uses 0",
        "consent import --patient " + id,
        std::string("consent import file"),
        std::string("proof verify file"),
        std::string("evidence verify file"),
        std::string("evidence export " + std::string(64, 'a')),
        std::string("evidence fly"),
        std::string("network create --dir x --hospitals 3"),
        std::string("bench --operation nothing")}) {
    SCOPED_TRACE(arguments);
    expect_one_line(run(arguments), 2);
  }
}

TEST_F(ProgramTest, HelpIsOnStdoutAndCode0) {
  for (const char* verb : {"",
                           "network",
                           "network create",
                           "network start",
                           "network status",
                           "network stop",
                           "patient register",
                           "patient list",
                           "practitioner register",
                           "practitioner list",
                           "record put",
                           "record list",
                           "record get",
                           "consent grant",
                           "consent deny",
                           "consent import",
                           "consent revoke",
                           "consent list",
                           "consent check",
                           "audit list",
                           "tx get",
                           "block get",
                           "block list",
                           "proof get",
                           "proof verify",
                           "evidence list",
                           "evidence export",
                           "evidence verify",
                           "erasure request",
                           "erasure order",
                           "erasure attest",
                           "erasure status",
                           "erasure certificate",
                           "erasure verify",
                           "hold place",
                           "hold lift",
                           "status",
                           "fhir split",
                           "bench",
                           "version"}) {
    const Ran ran = run(std::string(verb) + " --help");
    EXPECT_EQ(ran.code, 0) << verb;
    EXPECT_TRUE(ran.error.empty()) << verb << ran.error;
    const bool has_example = ran.out.find("Examples:\n  galen ") != std::string::npos;
    const bool is_group = ran.out.find("Subcommands:") != std::string::npos;
    EXPECT_TRUE(has_example || is_group) << verb << ran.out;
  }
  EXPECT_NE(run("--help").out.find("Exit codes: 0 "), std::string::npos);
}

TEST_F(ProgramTest, ProfileProblemsAreCode3) {
  expect_one_line(run("status"), 3);
  expect_one_line(run("--profile " + path("none.toml") + " status"), 3);
  write("bad.toml", "[profile]\ncolour = \"blue\"\n");
  const Ran bad = run("--profile " + path("bad.toml") + " status");
  expect_one_line(bad, 3);
  EXPECT_NE(bad.error.find("bad.toml"), std::string::npos);
}

TEST_F(ProgramTest, VersionNeedsNothing) {
  EXPECT_EQ(run("version").out.rfind("galen ", 0), 0U);
  EXPECT_EQ(run("version --output json").out.rfind("{\"version\":\"", 0), 0U);
}

TEST_F(ProgramTest, ATextIsCommittedToAndTheCommitmentChecked) {
  write("consent.txt", "I agree.\n");
  const std::string salt = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const std::string commitment = "89655057c9e5c3509665264bc18224d8f00d1ae981b70273e3384ea92c3d9835";
  const std::string verb = "consent commit-text " + path("consent.txt");
  const Ran made = run(verb + " --salt " + salt + " --output json");
  EXPECT_EQ(made.out, R"({"salt":")" + salt + R"(","commitment":")" + commitment + "\"}\n");
  EXPECT_EQ(run(verb + " --salt " + salt + " --expect " + commitment).code, 0);
  write("consent.txt", "I agree!\n");
  const Ran other = run(verb + " --salt " + salt + " --expect " + commitment);
  EXPECT_EQ(other.code, 7);
  EXPECT_NE(other.error.find("another text"), std::string::npos) << other.error;
  EXPECT_EQ(run(verb + " --salt " + salt + " --expect \"\"").code, 2) << "not checked is not right";
  EXPECT_EQ(run(verb + " --salt " + salt + " --expect " + commitment.substr(2)).code, 2);
  EXPECT_NE(run(verb).out, run(verb).out) << "a fresh salt";
  EXPECT_EQ(run(verb + " --expect " + commitment).code, 2) << "without its salt";
  EXPECT_EQ(run(verb + " --salt 00").code, 2);
  EXPECT_EQ(run("consent commit-text " + path("nothing")).code, 1);
}

class ProofProgramTest : public ProgramTest {
 protected:
  ProofProgramTest() {
    const auto genesis = support::sample_genesis();
    write("genesis.json", ledger::to_json(genesis));
    PatientId patient;
    patient.value.fill(1);
    const auto stored = ledger::StateKey::clinical(patient, ledger::KeyKind::kRecord, Digest{});
    present_ =
        to_string(encode(support::prove_single_leaf(genesis, stored, to_bytes("value"), stored)));
    auto other = stored;
    other.id[0] ^= 1U;
    absent_ =
        to_string(encode(support::prove_single_leaf(genesis, stored, to_bytes("value"), other)));
  }

  [[nodiscard]] Ran verify(const std::string& proof, const std::string& options = "") const {
    write("proof", proof);
    return run("proof verify " + path("proof") + " --genesis " + path("genesis.json") + options);
  }

  std::string present_;
  std::string absent_;
};

TEST_F(ProofProgramTest, SaysPresentOrAbsent) {
  const Ran present = verify(present_, " --output json");
  EXPECT_EQ(present.code, 0) << present.error;
  EXPECT_NE(present.out.find("\"present\":true"), std::string::npos);
  const Ran absent = verify(absent_);
  EXPECT_EQ(absent.code, 0) << absent.error;
  EXPECT_NE(absent.out.find("is absent"), std::string::npos);
}

TEST_F(ProofProgramTest, ChangedProofIsCode7) {
  // Every byte is tried in-process by the client's tests; here a sample of them through the
  // program.
  for (std::size_t i = 0; i < present_.size(); i += 101) {
    std::string changed = present_;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    SCOPED_TRACE(i);
    expect_one_line(verify(changed), 7);
  }
  expect_one_line(verify(""), 7);
  expect_one_line(verify(present_ + "x"), 7);
}

TEST_F(ProofProgramTest, FilesThatAreNotThereOrNoGenesis) {
  write("proof", present_);
  expect_one_line(run("proof verify " + path("none") + " --genesis " + path("genesis.json")), 1);
  expect_one_line(run("proof verify " + path("proof") + " --genesis " + path("none")), 3);
  const auto directory = run("proof verify / --genesis " + path("genesis.json"));
  expect_one_line(directory, 1);
  EXPECT_NE(directory.error.find("Is a directory"), std::string::npos) << directory.error;
  write("genesis.json", "{}");
  expect_one_line(run("proof verify " + path("proof") + " --genesis " + path("genesis.json")), 3);
}

}  // namespace
}  // namespace galen::cli
