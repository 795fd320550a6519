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

const char* status_text(policy::GrantStatus status) {
  return status == policy::GrantStatus::kActive    ? "active"
         : status == policy::GrantStatus::kRevoked ? "revoked"
                                                   : "superseded";
}

std::string grantee_text(const consent::GrantEntry& entry, const Genesis& genesis) {
  const ledger::Grantee& grantee = entry.terms.grantee;
  if (grantee.kind == ledger::GranteeKind::kAny) return "anybody";
  if (grantee.kind == ledger::GranteeKind::kOrganisation) {
    return organisation_name(genesis, grantee.id);
  }
  std::string text = std::string(name(grantee.kind)) + " " + to_hex(grantee.id);
  if (entry.group_version) text += " version " + std::to_string(*entry.group_version);
  return entry.terms.follow ? text + " and later" : text;
}

/// By no label a permit admits none, and a denial means every record.
std::string labels_text(ledger::Effect effect, const ledger::GrantTerms& terms) {
  const bool permit = effect == ledger::Effect::kPermit;
  if (terms.labels.empty()) return permit ? ", no labels" : ", whatever the labels";
  std::string text = permit ? ", labels " : ", only with labels ";
  text += joined(terms.labels);
  if (terms.labels_key_id) text += " (tags of key " + std::to_string(*terms.labels_key_id) + ")";
  return text;
}

/// Always in full: a permit and a denial have other defaults for the same fields.
std::string scope_text(ledger::Effect effect, const ledger::GrantTerms& terms) {
  const bool permit = effect == ledger::Effect::kPermit;
  std::string text = permit ? ", may " : ", may not ";
  text += joined(mask_names(terms.actions, ledger::Action::kRedisclose)) + ", ";
  text += terms.classes == ledger::kAllClasses
              ? "all classes"
              : "classes " + joined(mask_names(terms.classes, ledger::RecordClass::kOther));
  text += permit ? ", confidentiality up to " : ", confidentiality from ";
  text += name(terms.confidentiality);
  return text + labels_text(effect, terms);
}

/// One that is not set leaves its field without a limit, whatever the effect: nothing is said then.
std::string limits_text(const ledger::GrantTerms& terms) {
  std::string text;
  std::vector<std::string> data;
  for (const ledger::DataLimit& limit : terms.data) {
    data.push_back(std::string(name(limit.meaning)) + ":" + to_hex(limit.id));
  }
  if (!data.empty()) text += ", only data " + joined(data);
  if (terms.data_from || terms.data_to) text += ", service dates";
  if (terms.data_from) text += " from " + date_text(*terms.data_from);
  if (terms.data_to) text += " before " + date_text(*terms.data_to);
  if (!terms.regions.empty()) text += ", only in " + joined(terms.regions);
  return text;
}

/// Of what is not said, uses have no limit, nothing is to be erased, break-glass overrides a
/// denial, no overlap was accepted, and nothing is replaced.
std::string conditions_text(const consent::GrantEntry& entry) {
  const ledger::GrantTerms& terms = entry.terms;
  std::string text;
  if (terms.max_uses) {
    text += ", " + std::to_string(entry.uses_left.value_or(*terms.max_uses)) + " of " +
            std::to_string(*terms.max_uses) + " uses left";
  }
  if (terms.erase_at) text += ", to be erased by " + time_text(*terms.erase_at);
  if (terms.emergency_override == ledger::EmergencyOverride::kForbid) {
    text += ", even against break-glass";
  }
  if (terms.acknowledge_shadowed) text += ", overlapping denials acknowledged";
  std::vector<std::string> replaced;
  for (const GrantId& older : terms.supersedes) replaced.push_back(to_hex(older));
  if (!replaced.empty()) text += ", replaces " + joined(replaced);
  return text;
}

std::string giver_text(const consent::Grantor& grantor, const Genesis& genesis) {
  switch (grantor.role) {
    case ledger::AuthorisationRole::kPatient: return "the patient";
    case ledger::AuthorisationRole::kCustodian:
      return "custodian " + organisation_name(genesis, grantor.account) + " on paper";
    default: return std::string(name(grantor.role)) + " " + to_hex(grantor.account);
  }
}

/// Who gave and brought it, under what policy. A commitment of zero is to no text.
std::string origin_text(const consent::GrantEntry& entry, const Genesis& genesis) {
  std::string text = ", given by " + giver_text(entry.grantor, genesis) + ", sequence " +
                     std::to_string(entry.sequence) + ", brought by " +
                     organisation_name(genesis, entry.submitter) + " at " +
                     time_text(entry.created) + ", height " + std::to_string(entry.height.value) +
                     ", policy " + to_hex(entry.terms.policy);
  const Digest& commitment = entry.terms.terms_commitment;
  return commitment.is_zero() ? text : text + ", text " + to_hex(commitment);
}

std::string describe(const consent::GrantEntry& entry, const Genesis& genesis) {
  const ledger::GrantTerms& terms = entry.terms;
  std::string text = std::string(status_text(entry.status)) + " " +
                     std::string(name(entry.effect)) + " to " + grantee_text(entry, genesis) +
                     " for " + joined(terms.purposes) + scope_text(entry.effect, terms) +
                     limits_text(terms) + ", from " + time_text(terms.valid_from);
  text += terms.valid_to ? " until " + time_text(*terms.valid_to) : " without end";
  text += conditions_text(entry) + origin_text(entry, genesis);
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
