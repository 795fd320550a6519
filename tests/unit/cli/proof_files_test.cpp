#include "cli/proof_files.h"

#include "program.h"
#include "support/proof_sample.h"

namespace galen::cli {
namespace {

using std::filesystem::perms;

class ProofFilesTest : public ProgramTest {
 protected:
  ProofFilesTest() {
    const auto genesis = support::sample_genesis();
    write("genesis.json", ledger::to_json(genesis));
    PatientId patient;
    patient.value.fill(1);
    const auto key = ledger::StateKey::clinical(patient, ledger::KeyKind::kRecord, Digest{});
    proof_ = to_string(encode(support::prove_single_leaf(genesis, key, to_bytes("value"), key)));
  }

  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] Ran verify(const std::string& name) const {
    return run("proof verify " + path(name) + " --genesis " + path("genesis.json"));
  }

  std::string proof_;
};

TEST_F(ProofFilesTest, EachIsAPrivateFileThatAnybodyVerifies) {
  ASSERT_FALSE(make_proof_directory(path("seen")));
  ASSERT_FALSE(make_proof_directory(path("seen"))) << "one that is there is as good";
  ASSERT_FALSE(write_proofs(path("seen"), {{"r1", proof_}, {"r2", proof_}}));
  for (const char* name : {"seen/r1.proof", "seen/r2.proof"}) {
    EXPECT_EQ(std::filesystem::status(path(name)).permissions(),
              perms::owner_read | perms::owner_write);
    EXPECT_EQ(verify(name).code, 0) << verify(name).error;
  }
  std::string changed = proof_;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  write("seen/r1.proof", changed);
  expect_one_line(verify("seen/r1.proof"), 7);
}

TEST_F(ProofFilesTest, NeverTakeAnothersPlaceAndComeTogetherOrNotAtAll) {
  ASSERT_FALSE(make_proof_directory(path("seen")));
  write("seen/r2.proof", "mine");
  const auto failure = write_proofs(path("seen"), {{"r1", proof_}, {"r2", proof_}});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, client::FailureKind::kUsage);
  EXPECT_NE(failure->line().find("r2.proof: choose another --proofs"), std::string::npos)
      << failure->line();
  EXPECT_EQ(content("seen/r2.proof"), "mine");
  EXPECT_FALSE(std::filesystem::exists(path("seen/r1.proof")));
}

TEST_F(ProofFilesTest, ADirectoryThatCannotBeOneIsSaidBeforeAnythingIsAsked) {
  write("taken", "a file");
  for (const std::string& place : {path("taken"), path("no/such/place"), std::string()}) {
    const auto failure = make_proof_directory(place);
    ASSERT_TRUE(failure) << place;
    EXPECT_EQ(failure->kind, client::FailureKind::kGeneral);
    EXPECT_NE(failure->line().find("choose another --proofs"), std::string::npos)
        << failure->line();
  }
  const std::string id(64, 'a');
  expect_one_line(run("record list --patient " + id + " --proofs " + path("taken")), 1);
  expect_one_line(run("consent list --patient " + id + " --proofs " + path("taken")), 1);
}

TEST_F(ProofFilesTest, OfThePastThereIsNone) {
  const std::string id(64, 'a');
  for (const char* verb : {"record list", "consent list"}) {
    expect_one_line(run(std::string(verb) + " --patient " + id + " --at 3 --proofs " + path("x")),
                    2);
    EXPECT_FALSE(std::filesystem::exists(path("x")));
  }
}

}  // namespace
}  // namespace galen::cli
