// `galen evidence verify` as a program: what it says and with which exit code.
#include "program.h"
#include "support/evidence_sample.h"

namespace galen::cli {
namespace {

class EvidenceProgramTest : public ProgramTest {
 protected:
  EvidenceProgramTest() {
    write("genesis.json", ledger::to_json(genesis_));
    evidence_ = to_string(ledger::encode(support::sample_evidence(genesis_)));
  }

  [[nodiscard]] Ran verify(const std::string& bytes, const std::string& options = "") const {
    write("evidence", bytes);
    return run("evidence verify " + path("evidence") + " --genesis " + path("genesis.json") +
               options);
  }

  const ledger::Genesis genesis_ = support::sample_genesis();
  std::string evidence_;
};

TEST_F(EvidenceProgramTest, NamesTheMemberTheSlotAndBothBlocks) {
  const Ran text = verify(evidence_);
  EXPECT_EQ(text.code, 0) << text.error;
  EXPECT_NE(text.out.find("hospital-2, validator 1"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("COMMIT at height 7, view 3"), std::string::npos) << text.out;
  const Ran json = verify(evidence_, " --output json");
  EXPECT_EQ(json.code, 0) << json.error;
  EXPECT_NE(json.out.find("\"organisation\":\"hospital-2\""), std::string::npos) << json.out;
}

TEST_F(EvidenceProgramTest, ChangedEvidenceIsCode7) {
  for (std::size_t i = 0; i < evidence_.size(); i += 29) {
    std::string changed = evidence_;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    SCOPED_TRACE(i);
    expect_one_line(verify(changed), 7);
  }
  expect_one_line(verify(""), 7);
  expect_one_line(verify(evidence_ + "x"), 7);
  expect_one_line(verify("fail-stop"), 7);
}

TEST_F(EvidenceProgramTest, AFailStopBundleNamesWhoSignedBoth) {
  const ledger::FailStopBundle bundle = support::sample_fail_stop(genesis_);
  const Ran text = verify(to_string(ledger::encode(bundle)));
  EXPECT_EQ(text.code, 0) << text.error;
  EXPECT_NE(text.out.find(bundle.reason), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("signed both:        hospital-2,hospital-3"), std::string::npos)
      << text.out;
  // One certificate contradicts nothing, and nobody signs the reason.
  ledger::FailStopBundle one = bundle;
  one.certificates.pop_back();
  one.reason = "x\nsigned both: \x1b[31mhospital-2";
  const Ran alone = verify(to_string(ledger::encode(one)));
  EXPECT_EQ(alone.code, 7);
  EXPECT_NE(alone.out.find("no contradiction is proven"), std::string::npos) << alone.out;
  EXPECT_EQ(alone.out.find("\nsigned both"), std::string::npos) << alone.out;
  EXPECT_EQ(alone.out.find('\x1b'), std::string::npos) << alone.out;
  ledger::FailStopBundle same = bundle;
  same.certificates[1] = same.certificates[0];
  expect_one_line(verify(to_string(ledger::encode(same))), 7);
}

TEST_F(EvidenceProgramTest, FilesThatAreNotThereOrNoGenesis) {
  write("evidence", evidence_);
  expect_one_line(run("evidence verify " + path("none") + " --genesis " + path("genesis.json")), 1);
  expect_one_line(run("evidence verify " + path("evidence") + " --genesis " + path("none")), 3);
  write("genesis.json", "{}");
  expect_one_line(run("evidence verify " + path("evidence") + " --genesis " + path("genesis.json")),
                  3);
}

}  // namespace
}  // namespace galen::cli
