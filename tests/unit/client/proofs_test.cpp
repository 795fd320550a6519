#include "client/proofs.h"

#include "base/hex.h"
#include "client/proof_key.h"
#include "client/proven_value.h"
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

AccountId hospital(const std::string& name) {
  for (const auto& member : kGenesis.organisations) {
    if (member.name == name) return member.id;
  }
  return {};
}

/// Nothing but what a permit must have.
consent::GrantEntry bare_grant() {
  consent::GrantEntry entry;
  entry.terms.patient = filled<PatientId>(1);
  entry.terms.grantee.id = hospital("hospital-2");
  entry.terms.purposes = {"TREAT"};
  entry.terms.valid_from = TimeMs{1'700'000'000'000};
  entry.terms.valid_to = TimeMs{1'800'000'000'000};
  entry.terms.policy = filled<Digest>(0x40);
  entry.sequence = 6;
  entry.submitter = hospital("hospital-1");
  entry.created = TimeMs{1'700'000'001'000};
  entry.height = Height{5};
  return entry;
}

/// Every optional field of a permit, whether or not the ledger would take them together.
consent::GrantEntry full_permit() {
  consent::GrantEntry entry = bare_grant();
  ledger::GrantTerms& terms = entry.terms;
  terms.grantee = {ledger::GranteeKind::kProject, filled<AccountId>(3)};
  terms.follow = true;
  entry.group_version = 4;
  terms.purposes = {"COC", "TREAT"};
  terms.actions = ledger::action_bit(ledger::Action::kCopy);
  terms.classes = static_cast<ledger::ClassSet>(ledger::class_bit(ledger::RecordClass::kLab) |
                                                ledger::class_bit(ledger::RecordClass::kOther));
  terms.confidentiality = ledger::Confidentiality::kR;
  terms.labels = {"aa", "bb"};
  terms.labels_key_id = 9;
  terms.data = {{ledger::DataMeaning::kInstance, filled<Random32>(5)},
                {ledger::DataMeaning::kAuthoredBy, filled<Random32>(6)}};
  terms.data_from = ledger::CalendarDate{19'675};
  terms.data_to = ledger::CalendarDate{19'676};
  terms.regions = {"DE", "FR"};
  terms.max_uses = 5;
  entry.uses_left = 2;
  terms.erase_at = TimeMs{1'900'000'000'000};
  terms.acknowledge_shadowed = true;
  terms.supersedes = {filled<GrantId>(7), filled<GrantId>(8)};
  terms.terms_commitment = filled<Digest>(0x50);
  entry.grantor = {ledger::AuthorisationRole::kProxy, filled<AccountId>(9)};
  entry.status = policy::GrantStatus::kRevoked;
  entry.ended_at = TimeMs{1'750'000'000'000};
  return entry;
}

consent::GrantEntry bare_denial() {
  consent::GrantEntry entry = bare_grant();
  entry.effect = ledger::Effect::kDeny;
  entry.terms.grantee = {ledger::GranteeKind::kAny, AccountId{}};
  entry.terms.purposes = {"*"};
  entry.terms.actions = ledger::kAllActions;
  entry.terms.confidentiality = ledger::Confidentiality::kU;
  entry.terms.valid_to.reset();
  return entry;
}

Bytes grant_value() {
  return bare_grant().encode();
}

std::string told(const consent::GrantEntry& entry) {
  return describe_value(grant_key(2), entry.encode(), kGenesis);
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
  EXPECT_EQ(report->value, told(bare_grant()));
  EXPECT_EQ(report->height, 7U);
  EXPECT_EQ(report->signatures, 3U);
  EXPECT_EQ(report->quorum, 3U);
  EXPECT_EQ(report->written_height, 5U);
}

TEST(ProvenGrant, WithoutLimitsSaysWhatItMeans) {
  const std::string origin =
      ", sequence 6, brought by hospital-1 at 2023-11-14T22:13:21.000Z, "
      "height 5, policy " +
      to_hex(filled<Digest>(0x40));
  EXPECT_EQ(told(bare_grant()),
            "active permit to hospital-2 for TREAT, may DISCOVER,READ, all classes, "
            "confidentiality up to N, no labels, from 2023-11-14T22:13:20.000Z until "
            "2027-01-15T08:00:00.000Z, given by the patient" +
                origin);
  EXPECT_EQ(told(bare_denial()),
            "active deny to anybody for *, may not DISCOVER,READ,COPY,REDISCLOSE, all classes, "
            "confidentiality from U, whatever the labels, from 2023-11-14T22:13:20.000Z without "
            "end, given by the patient" +
                origin);
}

TEST(ProvenGrant, TellsEveryFieldOfAPermit) {
  EXPECT_EQ(told(full_permit()),
            "revoked permit to PROJECT " + to_hex(filled<AccountId>(3)) +
                " version 4 and later for COC,TREAT, may COPY, classes LAB,OTHER, "
                "confidentiality up to R, labels aa,bb (tags of key 9), only data instance:" +
                to_hex(filled<Random32>(5)) + ",authoredby:" + to_hex(filled<Random32>(6)) +
                ", service dates from 2023-11-14 before 2023-11-15, only in DE,FR, from "
                "2023-11-14T22:13:20.000Z until 2027-01-15T08:00:00.000Z, 2 of 5 uses left, to "
                "be erased by 2030-03-17T17:46:40.000Z, overlapping denials acknowledged, "
                "replaces " +
                to_hex(filled<GrantId>(7)) + "," + to_hex(filled<GrantId>(8)) +
                ", given by proxy " + to_hex(filled<AccountId>(9)) +
                ", sequence 6, brought by hospital-1 at 2023-11-14T22:13:21.000Z, height 5, "
                "policy " +
                to_hex(filled<Digest>(0x40)) + ", text " + to_hex(filled<Digest>(0x50)) +
                ", ended 2025-06-15T15:06:40.000Z");
}

TEST(ProvenGrant, TellsADenialOnPaperThatBreakGlassDoesNotOverride) {
  consent::GrantEntry entry = bare_denial();
  entry.terms.grantee = {ledger::GranteeKind::kPractitioner, filled<AccountId>(3)};
  entry.terms.labels = {"HIV"};
  entry.terms.data_to = ledger::CalendarDate{0};
  entry.terms.emergency_override = ledger::EmergencyOverride::kForbid;
  entry.grantor = {ledger::AuthorisationRole::kCustodian, hospital("hospital-1")};
  const std::string text = told(entry);
  for (const std::string& part : {"deny to PRACTITIONER " + to_hex(filled<AccountId>(3)) + " for",
                                  std::string(", only with labels HIV,"),
                                  std::string(", service dates before 1970-01-01,"),
                                  std::string(" without end, even against break-glass,"),
                                  std::string(", given by custodian hospital-1 on paper,")}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
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
