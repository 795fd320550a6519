#include "client/proof_key.h"

#include "base/hex.h"
#include "client/proven_relations.h"
#include "client/text_forms.h"
#include "galen/own_queries.h"
#include "ledger/erasure_entries.h"
#include "modules/emergency/journals.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace galen::client {

namespace {

using ledger::KeyKind;
using ledger::StateKey;

constexpr const char* kForms =
    "use grant:PATIENT:GRANT, revocation:PATIENT:GRANT, record:PATIENT:RECORD, patient:ID, "
    "practitioner:ID, proxy:PATIENT:PROXY, link:PATIENT:OTHER, recovery:ACCOUNT, "
    "recovery-request:ACCOUNT, holds:PATIENT, declaration:PATIENT:ID, review:PATIENT:ID, "
    "accesses:PATIENT, "
    "organisation:NAME, standing:NAME, emergencies:NAME, receipt-key:NAME, journal:NAME:ID, "
    "group:ID, membership:PRACTITIONER:GROUP, tombstone:PATH, erased:PATIENT, "
    "erased-record:RECORD, erasure-request:ID, tx:ID, parameters or validators";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t colon = text.find(':', start);
    parts.push_back(text.substr(start, colon - start));
    if (colon == std::string::npos) return parts;
    start = colon + 1;
  }
}

}  // namespace

const char* proof_key_forms() {
  return kForms;
}

namespace {

tl::unexpected<Error> unknown(const std::string& text) {
  return fail(ErrorCode::kInvalidArgument, "'" + text + "' names no key; " + kForms);
}

/// Kinds in the main tree whose id is an organisation.
constexpr std::pair<const char*, KeyKind> kOfOrganisations[] = {
    {"organisation", KeyKind::kOrganisation},
    {"standing", KeyKind::kBallot},
    {"emergencies", KeyKind::kEmergencyQuota},
    {"receipt-key", KeyKind::kReceiptKey}};

/// Clinical kinds of a subject whose id is the subject.
constexpr std::pair<const char*, KeyKind> kOfSubjects[] = {
    {"patient", KeyKind::kPatient},
    {"practitioner", KeyKind::kPractitioner},
    {"recovery", KeyKind::kRecovery},
    {"recovery-request", KeyKind::kRecoveryRequest}};

Result<AccountId> organisation_id(const std::string& text, const ledger::Genesis& genesis) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.name == text) return organisation.id;
  }
  return parse_id<AccountId>(text, "organisation");
}

Result<StateKey> key_in_patient(KeyKind kind, const std::vector<std::string>& parts) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(parts[1], "patient id"));
  GALEN_TRY(const auto id, parse_id<Digest>(parts[2], parts[0] + " id"));
  return StateKey::clinical(patient, kind, id);
}

Result<StateKey> one_part_key(const std::string& word, const std::string& text) {
  if (word == "parameters") return StateKey::main(KeyKind::kParameters);
  if (word == "validators") return StateKey::main(KeyKind::kValidators);
  return unknown(text);
}

Result<StateKey> two_part_key(const std::vector<std::string>& parts,
                              const ledger::Genesis& genesis) {
  const std::string& word = parts[0];
  for (const auto& [name, kind] : kOfOrganisations) {
    if (word != name) continue;
    GALEN_TRY(const auto organisation, organisation_id(parts[1], genesis));
    return StateKey::main(kind, organisation);
  }
  GALEN_TRY(const auto id, parse_id<PatientId>(parts[1], word + " id"));
  for (const auto& [name, kind] : kOfSubjects) {
    if (word == name) return StateKey::clinical(id, kind, id);
  }
  if (word == "accesses") return StateKey::audit(id, KeyKind::kAccessRange, {});
  if (word == "group") return StateKey::main(KeyKind::kGroup, id);
  if (word == "erasure-request") return StateKey::main(KeyKind::kErasureRequest, id);
  if (word == "tombstone") return StateKey::main(KeyKind::kTombstone, id);
  if (word == "erased") return ledger::Tombstone::key(ledger::subject_path(id));
  if (word == "erased-record") {
    return ledger::Tombstone::key(ledger::record_path(id_cast<RecordId>(id)));
  }
  return unknown(word);
}

/// In the audit tree of a patient, under the id of a declaration.
Result<StateKey> emergency_key(KeyKind kind, const std::vector<std::string>& parts) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(parts[1], "patient id"));
  GALEN_TRY(const auto declaration, parse_id<DeclarationId>(parts[2], "declaration id"));
  return StateKey::audit(patient, kind, declaration);
}

Result<StateKey> three_part_key(const std::vector<std::string>& parts,
                                const ledger::Genesis& genesis) {
  if (parts[0] == "journal") {
    GALEN_TRY(const auto organisation, organisation_id(parts[1], genesis));
    GALEN_TRY(const auto journal, parse_id<JournalId>(parts[2], "journal id"));
    return emergency::JournalEntry::key(organisation, journal);
  }
  if (parts[0] == "declaration") return emergency_key(KeyKind::kDeclaration, parts);
  if (parts[0] == "review") return emergency_key(KeyKind::kReview, parts);
  if (parts[0] == "proxy") return key_in_patient(KeyKind::kProxy, parts);
  if (parts[0] == "proxy-revocation") return key_in_patient(KeyKind::kProxyRevocation, parts);
  if (parts[0] == "link") return key_in_patient(KeyKind::kLink, parts);
  if (parts[0] == "grant") return key_in_patient(KeyKind::kGrant, parts);
  if (parts[0] == "revocation") return key_in_patient(KeyKind::kRevocation, parts);
  if (parts[0] == "membership") return key_in_patient(KeyKind::kMembership, parts);
  if (parts[0] == "record") return key_in_patient(KeyKind::kRecord, parts);
  return unknown(parts[0]);
}

}  // namespace

Result<ProofKey> parse_proof_key(const std::string& text, const ledger::Genesis& genesis) {
  const auto parts = split(text);
  if (parts.size() == 2 && parts[0] == "tx") {
    GALEN_TRY(const auto id, parse_id<TxId>(parts[1], "transaction id"));
    return ProofKey(id);
  }
  if (parts.size() == 2 && parts[0] == "holds") {
    GALEN_TRY(const auto patient, parse_id<PatientId>(parts[1], "holds id"));
    return ProofKey(HoldsOf{patient});
  }
  Result<StateKey> key = unknown(text);
  if (parts.size() == 1) key = one_part_key(parts[0], text);
  if (parts.size() == 2) key = two_part_key(parts, genesis);
  if (parts.size() == 3) key = three_part_key(parts, genesis);
  if (!key) return tl::unexpected(key.error());
  return ProofKey(*std::move(key));
}

std::string proof_key_text(const StateKey& key, const ledger::Genesis& genesis) {
  const std::string subject = to_hex(key.tree.subject);
  for (const auto& [name, kind] : kOfOrganisations) {
    if (kind == key.kind)
      return std::string(name) + ":" + organisation_name(genesis, AccountId::from(key.id));
  }
  for (const auto& [name, kind] : kOfSubjects) {
    if (kind == key.kind) return std::string(name) + ":" + subject;
  }
  switch (key.kind) {
    case KeyKind::kParameters: return "parameters";
    case KeyKind::kValidators: return "validators";
    case KeyKind::kAccessRange: return "accesses:" + subject;
    case KeyKind::kErasureRequest: return "erasure-request:" + to_hex(key.id);
    case KeyKind::kTombstone: return "tombstone:" + to_hex(key.id);
    case KeyKind::kGroup: return "group:" + to_hex(key.id);
    case KeyKind::kHold: return "holds on path " + to_hex(key.id);
    case KeyKind::kJournal: return "journal:" + to_hex(key.id);
    case KeyKind::kDeclaration: return "declaration:" + subject + ":" + to_hex(key.id);
    case KeyKind::kReview: return "review:" + subject + ":" + to_hex(key.id);
    case KeyKind::kProxy: return "proxy:" + subject + ":" + to_hex(key.id);
    case KeyKind::kLink: return "link:" + subject + ":" + to_hex(key.id);
    case KeyKind::kRecord: return "record:" + subject + ":" + to_hex(key.id);
    case KeyKind::kGrant: return "grant:" + subject + ":" + to_hex(key.id);
    case KeyKind::kRevocation: return "revocation:" + subject + ":" + to_hex(key.id);
    default: return std::string(ledger::tag_of(key.kind)) + ":" + subject + ":" + to_hex(key.id);
  }
}

}  // namespace galen::client
