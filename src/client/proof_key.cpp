#include "client/proof_key.h"

#include "base/hex.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"

#include <algorithm>
#include <vector>

namespace galen::client {

namespace {

using ledger::KeyKind;
using ledger::StateKey;

constexpr const char* kForms =
    "use grant:PATIENT:GRANT, revocation:PATIENT:GRANT, record:PATIENT:RECORD, patient:ID, "
    "practitioner:ID, accesses:PATIENT, organisation:NAME, group:ID, "
    "membership:PRACTITIONER:GROUP, tombstone:PATH, erased:PATIENT, erased-record:RECORD, tx:ID, "
    "parameters or validators";

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

tl::unexpected<Error> unknown(const std::string& text) {
  return fail(ErrorCode::kInvalidArgument, "'" + text + "' names no key; " + kForms);
}

Result<StateKey> organisation_key(const std::string& text, const ledger::Genesis& genesis) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.name == text) {
      return StateKey::main(KeyKind::kOrganisation, organisation.id);
    }
  }
  GALEN_TRY(const auto id, parse_id<AccountId>(text, "organisation"));
  return StateKey::main(KeyKind::kOrganisation, id);
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
  if (word == "organisation") return organisation_key(parts[1], genesis);
  GALEN_TRY(const auto id, parse_id<PatientId>(parts[1], word + " id"));
  if (word == "patient") return StateKey::clinical(id, KeyKind::kPatient, id);
  if (word == "practitioner") return StateKey::clinical(id, KeyKind::kPractitioner, id);
  if (word == "accesses") return StateKey::audit(id, KeyKind::kAccessRange, {});
  if (word == "group") return StateKey::main(KeyKind::kGroup, id);
  if (word == "tombstone") return StateKey::main(KeyKind::kTombstone, id);
  if (word == "erased") return ledger::Tombstone::key(ledger::subject_path(id));
  if (word == "erased-record") {
    return ledger::Tombstone::key(ledger::record_path(id_cast<RecordId>(id)));
  }
  return unknown(word);
}

Result<StateKey> three_part_key(const std::vector<std::string>& parts) {
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
  Result<StateKey> key = unknown(text);
  if (parts.size() == 1) key = one_part_key(parts[0], text);
  if (parts.size() == 2) key = two_part_key(parts, genesis);
  if (parts.size() == 3) key = three_part_key(parts);
  if (!key) return tl::unexpected(key.error());
  return ProofKey(*std::move(key));
}

std::string proof_key_text(const StateKey& key, const ledger::Genesis& genesis) {
  const std::string subject = to_hex(key.tree.subject);
  switch (key.kind) {
    case KeyKind::kParameters: return "parameters";
    case KeyKind::kValidators: return "validators";
    case KeyKind::kOrganisation:
      for (const auto& organisation : genesis.organisations) {
        if (equal(organisation.id, key.id)) return "organisation:" + organisation.name;
      }
      return "organisation:" + to_hex(key.id);
    case KeyKind::kPatient: return "patient:" + subject;
    case KeyKind::kPractitioner: return "practitioner:" + subject;
    case KeyKind::kAccessRange: return "accesses:" + subject;
    case KeyKind::kTombstone: return "tombstone:" + to_hex(key.id);
    case KeyKind::kGroup: return "group:" + to_hex(key.id);
    case KeyKind::kRecord: return "record:" + subject + ":" + to_hex(key.id);
    case KeyKind::kGrant: return "grant:" + subject + ":" + to_hex(key.id);
    case KeyKind::kRevocation: return "revocation:" + subject + ":" + to_hex(key.id);
    default: return std::string(ledger::tag_of(key.kind)) + ":" + subject + ":" + to_hex(key.id);
  }
}

}  // namespace galen::client
