#include "client/proven_value.h"

#include "base/hex.h"
#include "client/proven_relations.h"
#include "client/text_forms.h"
#include "crypto/digest.h"
#include "execution/executor.h"
#include "modules/audit/entries.h"
#include "modules/consent/grants.h"
#include "modules/groups/groups.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

namespace galen::client {

namespace {

using ledger::Genesis;
using ledger::KeyKind;

std::string describe(const consent::GrantEntry& entry, const Genesis& genesis) {
  const char* status = entry.status == policy::GrantStatus::kActive    ? "active"
                       : entry.status == policy::GrantStatus::kRevoked ? "revoked"
                                                                       : "superseded";
  const auto& terms = entry.terms;
  std::string to = terms.grantee.kind == ledger::GranteeKind::kAny
                       ? "anybody"
                       : organisation_name(genesis, terms.grantee.id);
  if (entry.group_version) {
    to = std::string(name(terms.grantee.kind)) + " " + to + " version " +
         std::to_string(*entry.group_version) + (terms.follow ? " and later" : "");
  }
  std::string text = std::string(status) + " " + std::string(name(entry.effect)) + " to " + to +
                     " for " + joined(terms.purposes) + ", from " + time_text(terms.valid_from);
  if (terms.valid_to) text += " until " + time_text(*terms.valid_to);
  if (entry.ended_at) text += ", ended " + time_text(*entry.ended_at);
  return text;
}

std::string describe(const records::RecordEntry& entry, const Genesis& genesis) {
  return std::string(name(entry.status)) + " record of class " +
         std::string(name(entry.record.record_class)) + ", " + std::to_string(entry.record.size) +
         " bytes, address " + to_hex(entry.record.payload) + ", custodian " +
         organisation_name(genesis, entry.custodian) +
         (entry.origin ? ", replaces " + to_hex(entry.origin->replaces) : "") +
         (entry.succeeded ? ", replaced by " + to_hex(entry.succeeded->by) : "");
}

std::string describe(const identity::PatientEntry& entry, const Genesis& genesis) {
  return "patient of " + organisation_name(genesis, entry.custodian) + ", registered at height " +
         std::to_string(entry.registered.value) + ", keys held by " +
         std::string(name(entry.held_by)) + (entry.passed_hands ? ", others had them before" : "");
}

std::string describe(const identity::PractitionerEntry& entry, const Genesis& genesis) {
  return std::string(name(entry.role)) + " of " + organisation_name(genesis, entry.organisation) +
         (entry.active ? "" : ", suspended");
}

std::string describe(const execution::OrganisationEntry& entry, const Genesis&) {
  return "organisation " + entry.name + ", " + std::string(name(entry.kind)) + ", region " +
         entry.region + (entry.active ? "" : ", suspended");
}

std::string describe(const consent::RevocationEntry& entry, const Genesis&) {
  return "revoked at " + time_text(entry.time);
}

std::string describe(const groups::GroupEntry& entry, const Genesis& genesis) {
  std::string text = std::string(name(entry.kind)) + " " + entry.name + ", steward " +
                     organisation_name(genesis, entry.steward) + ", version " +
                     std::to_string(entry.version) + ", member organisations";
  for (const AccountId& id : entry.members(entry.version)) {
    text += " " + organisation_name(genesis, id);
  }
  if (entry.ends) text += ", ends " + time_text(*entry.ends);
  return text;
}

std::string describe(const groups::MembershipEntry& entry, const Genesis&) {
  std::string text = "member in versions";
  for (const auto& span : entry.spans) {
    text +=
        " " + std::to_string(span.joined) + "-" + (span.left ? std::to_string(*span.left - 1) : "");
  }
  return text;
}

std::string describe_parameters(BytesView value) {
  const auto parameters = ledger::decode_parameters(value);
  if (!parameters) return to_hex(value);
  return "blocks of up to " + std::to_string(parameters->max_block_transactions) +
         " transactions, without consent " + std::string(name(parameters->implicit_policy)) +
         ", SHA-256 of all parameters " + to_hex(crypto::sha256(value));
}

std::string describe_validators(BytesView value, const Genesis& genesis) {
  const auto set = ledger::decode_validator_set(value);
  if (!set) return to_hex(value);
  std::vector<std::string> names;
  for (const auto& member : set->members) {
    names.push_back(organisation_name(genesis, member.organisation));
  }
  return std::to_string(set->size()) + " validators: " + joined(names);
}

template <class Entry>
std::string decoded(BytesView value, const Genesis& genesis) {
  const auto entry = Entry::decode(value);
  return entry ? describe(*entry, genesis) : to_hex(value);
}

}  // namespace

std::string describe_value(const ledger::StateKey& key, BytesView value, const Genesis& genesis) {
  switch (key.kind) {
    case KeyKind::kGrant: return decoded<consent::GrantEntry>(value, genesis);
    case KeyKind::kRevocation: return decoded<consent::RevocationEntry>(value, genesis);
    case KeyKind::kRecord: return decoded<records::RecordEntry>(value, genesis);
    case KeyKind::kPatient: return decoded<identity::PatientEntry>(value, genesis);
    case KeyKind::kPractitioner: return decoded<identity::PractitionerEntry>(value, genesis);
    case KeyKind::kGroup: return decoded<groups::GroupEntry>(value, genesis);
    case KeyKind::kMembership: return decoded<groups::MembershipEntry>(value, genesis);
    case KeyKind::kOrganisation: return decoded<execution::OrganisationEntry>(value, genesis);
    case KeyKind::kParameters: return describe_parameters(value);
    case KeyKind::kValidators: return describe_validators(value, genesis);
    case KeyKind::kAccessRange: {
      const auto range = audit::decode_access_range(value);
      if (!range) return to_hex(value);
      return std::to_string(range->count) + " access entries, root " + to_hex(range->root());
    }
    default: return describe_relation(key, value, genesis).value_or(to_hex(value));
  }
}

}  // namespace galen::client
