#include "client/proofs.h"

#include "base/hex.h"
#include "client/proof_key.h"
#include "galen/client.h"
#include "ledger/erasure_entries.h"
#include "modules/consent/grants.h"
#include "support/proof_sample.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

const ledger::Genesis kGenesis = support::sample_genesis();

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.value.fill(byte);
  return id;
}

ledger::StateKey grant_key(std::uint8_t number) {
  return ledger::StateKey::clinical(
      filled<PatientId>(1), ledger::KeyKind::kGrant, filled<GrantId>(number));
}

Bytes grant_value() {
  consent::GrantEntry entry;
  entry.terms.patient = filled<PatientId>(1);
  for (const auto& member : kGenesis.organisations) {
    if (member.name == "hospital-2") entry.terms.grantee.id = member.id;
  }
  entry.terms.purposes = {"TREAT"};
  entry.terms.valid_from = TimeMs{1'700'000'000'000};
  entry.terms.valid_to = TimeMs{1'800'000'000'000};
  return entry.encode();
}

Bytes presence() {
  return encode(support::prove_single_leaf(kGenesis, grant_key(2), grant_value(), grant_key(2)));
}

Bytes absence() {
  return encode(support::prove_single_leaf(kGenesis, grant_key(2), grant_value(), grant_key(3)));
}

TEST(Proofs, PresenceSaysWhatIsProven) {
  const auto report = verify_proof(presence(), ledger::to_json(kGenesis));
  ASSERT_TRUE(report) << report.failure().line();
  EXPECT_TRUE(report->present);
  EXPECT_EQ(report->subject,
            "grant:" + to_hex(filled<PatientId>(1)) + ":" + to_hex(filled<GrantId>(2)));
  EXPECT_EQ(report->value,
            "active permit to hospital-2 for TREAT, from 2023-11-14T22:13:20.000Z until "
            "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(report->height, 7U);
  EXPECT_EQ(report->signatures, 3U);
  EXPECT_EQ(report->quorum, 3U);
  EXPECT_EQ(report->written_height, 5U);
}

TEST(Proofs, AbsenceSaysSo) {
  const auto report = verify_proof(absence(), ledger::to_json(kGenesis));
  ASSERT_TRUE(report) << report.failure().line();
  EXPECT_FALSE(report->present);
  EXPECT_TRUE(report->value.empty());
}

TEST(Proofs, EveryChangedByteIsRefused) {
  for (const Bytes& whole : {presence(), absence()}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      Bytes changed = whole;
      changed[i] ^= 1U;
      const auto report = verify_proof_bytes(changed, kGenesis);
      ASSERT_FALSE(report) << "byte " << i;
      ASSERT_EQ(report.error().code, ErrorCode::kCorrupt) << "byte " << i;
    }
  }
}

TEST(Proofs, TruncatedAndLengthenedAreRefused) {
  const Bytes whole = presence();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
    const auto part = verify_proof({whole.begin(), whole.begin() + static_cast<long>(size)},
                                   ledger::to_json(kGenesis));
    ASSERT_FALSE(part);
    EXPECT_EQ(part.failure().kind, FailureKind::kProof);
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(verify_proof(longer, ledger::to_json(kGenesis)));
}

TEST(Proofs, AnotherConsortiumsGenesisIsRefused) {
  ledger::Genesis other = kGenesis;
  other.name = "another";
  const auto report = verify_proof(presence(), ledger::to_json(other));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.failure().kind, FailureKind::kProof);
}

TEST(Proofs, GenesisThatIsNoneIsAConfigFailure) {
  const auto report = verify_proof(presence(), "{}");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.failure().kind, FailureKind::kConfig);
}

TEST(ProofKey, EveryFormReadsBackAsWritten) {
  const std::string a = to_hex(filled<Digest>(1));
  const std::string b = to_hex(filled<Digest>(2));
  for (const std::string& text : {"grant:" + a + ":" + b,
                                  "revocation:" + a + ":" + b,
                                  "record:" + a + ":" + b,
                                  "patient:" + a,
                                  "practitioner:" + a,
                                  "proxy:" + a + ":" + b,
                                  "link:" + a + ":" + b,
                                  "recovery:" + a,
                                  "recovery-request:" + a,
                                  "declaration:" + a + ":" + b,
                                  "review:" + a + ":" + b,
                                  "accesses:" + a,
                                  std::string("standing:hospital-2"),
                                  std::string("emergencies:hospital-2"),
                                  std::string("receipt-key:hospital-2"),
                                  "tombstone:" + a,
                                  std::string("organisation:hospital-3"),
                                  std::string("parameters"),
                                  std::string("validators")}) {
    const auto key = parse_proof_key(text, kGenesis);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(proof_key_text(std::get<ledger::StateKey>(*key), kGenesis), text);
  }
  const auto tx = parse_proof_key("tx:" + a, kGenesis);
  ASSERT_TRUE(tx);
  EXPECT_EQ(std::get<TxId>(*tx), filled<TxId>(1));
  const auto holds = parse_proof_key("holds:" + a, kGenesis);
  ASSERT_TRUE(holds);
  EXPECT_EQ(std::get<HoldsOf>(*holds).patient, filled<PatientId>(1));
}

TEST(ProofKey, HoldsAreNamedByTheirPathAlone) {
  const auto patient = filled<PatientId>(1);
  const auto path = ledger::subject_path(patient);
  const std::string text = proof_key_text(ledger::HoldsEntry::key(path), kGenesis);
  EXPECT_EQ(text, "holds on path " + to_hex(path));
  EXPECT_EQ(text.find(to_hex(patient)), std::string::npos);
}

TEST(ProofKey, AnythingElseIsRefusedWithTheForms) {
  const std::string id = to_hex(filled<Digest>(1));
  for (const std::string& text : {std::string(""),
                                  std::string("grant"),
                                  std::string("grant:1:2"),
                                  "grant:" + id,
                                  "patient:" + id + ":" + id,
                                  std::string("organisation:hospital-9"),
                                  "tx:" + id.substr(1),
                                  "colour:" + id,
                                  "record:" + id + ":" + id + ":" + id}) {
    const auto key = parse_proof_key(text, kGenesis);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace galen::client
