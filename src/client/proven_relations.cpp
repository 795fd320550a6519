#include "client/proven_relations.h"

#include "base/hex.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"
#include "modules/consent/grants.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/emergency/quota.h"
#include "modules/identity/links.h"
#include "modules/identity/proxies.h"
#include "modules/identity/recovery_entries.h"
#include "modules/identity/suspension.h"

namespace galen::client {

namespace {

using ledger::Genesis;
using ledger::KeyKind;

std::string period(TimeMs from, TimeMs to) {
  return " from " + time_text(from) + " until " + time_text(to);
}

std::string describe(const identity::ProxyEntry& entry, const Genesis& genesis) {
  const auto& terms = entry.terms;
  std::string text = std::string(name(terms.kind)) + " for " + joined(terms.purposes) +
                     (terms.may_grant ? ", may grant," : ",") + period(terms.from, terms.to) +
                     ", attested by " + organisation_name(genesis, terms.attested_by);
  if (!terms.excluded_labels.empty())
    text += ", " + std::to_string(terms.excluded_labels.size()) + " labels excluded";
  if (entry.revoked_at) text += ", ended " + time_text(*entry.revoked_at);
  return text;
}

std::string revoked_text(TimeMs time, ledger::RevocationReason reason) {
  return "revoked " + time_text(time) + ", " + std::string(name(reason));
}

std::string describe(const identity::ProxyRevocation& entry, const Genesis&) {
  return revoked_text(entry.time, entry.reason) + ", before he was authorised";
}

std::string describe(const consent::RevocationEntry& entry, const Genesis&) {
  return revoked_text(entry.time, entry.reason) + ", by " + std::string(name(entry.by.role));
}

std::string describe(const identity::LinkEntry& entry, const Genesis& genesis) {
  return "linked " + time_text(entry.linked) + " by " +
         organisation_name(genesis, entry.submitter) + " and " +
         organisation_name(genesis, entry.other_custodian) +
         (entry.unlinked_at ? ", taken back " + time_text(*entry.unlinked_at) + ", " +
                                  std::string(name(entry.reason))
                            : "");
}

std::string describe(const identity::RecoveryEntry& entry, const Genesis&) {
  if (entry.set.guardians.empty()) return "nobody may recover it";
  return "any " + std::to_string(entry.set.threshold) + " of " +
         std::to_string(entry.set.guardians.size()) + " guardians, cooling-off " +
         std::to_string(entry.set.cooling_off_ms / 1000) + " s, set " + time_text(entry.time);
}

std::string describe(const identity::RecoveryRequestEntry& entry, const Genesis&) {
  using identity::RecoveryStatus;
  const char* status = entry.status == RecoveryStatus::kOpen     ? "open"
                       : entry.status == RecoveryStatus::kVetoed ? "vetoed"
                                                                 : "completed";
  return std::string(status) + ", requested " + time_text(entry.requested) + ", ready " +
         time_text(entry.ready);
}

std::string describe(const identity::BallotEntry& entry, const Genesis& genesis) {
  std::string text = std::string(name(entry.status)) + ", " + std::to_string(entry.changes) +
                     " changes so far, votes";
  if (entry.votes.empty()) text += " none";
  for (const auto& [voter, vote] : entry.votes) {
    text += " " + organisation_name(genesis, voter) + " (" + std::string(name(vote.status)) +
            " until " + time_text(vote.ends) + ")";
  }
  return text;
}

std::string describe(const emergency::DeclarationEntry& entry, const Genesis& genesis) {
  if (entry.is_missing()) return "an emergency that was released without a declaration";
  const auto& declared = entry.declaration;
  return "declared by a " + std::string(name(entry.role)) + " of " +
         organisation_name(genesis, declared.organisation) + ", " +
         std::string(name(declared.reason)) + ", " + std::string(name(declared.scope)) + "," +
         period(declared.from, declared.to) + (entry.late ? ", late" : "");
}

std::string describe(const emergency::ReviewEntry& entry, const Genesis& genesis) {
  return std::string(name(entry.review.outcome)) + ", reviewed by a " +
         std::string(name(entry.role)) + " of " + organisation_name(genesis, entry.organisation) +
         " at " + time_text(entry.time) + (entry.overdue ? ", overdue" : "");
}

std::string describe(const emergency::JournalEntry& entry, const Genesis& genesis) {
  return "journal of " + organisation_name(genesis, entry.organisation) + ", " +
         std::to_string(entry.last) + " entries anchored, last " + time_text(entry.anchored) +
         ", " + std::to_string(entry.logged) + " in logs, head " + to_hex(entry.head) +
         (entry.follows ? ", follows a lost one" : "") +
         (entry.succeeded_by ? ", lost: another follows" : "");
}

std::string describe(const emergency::OrganisationEmergencies& entry, const Genesis&) {
  return std::to_string(entry.declared) + " emergencies declared ever, " +
         std::to_string(entry.lost_journals) + " journals lost" +
         (entry.journal ? ", journal " + to_hex(*entry.journal) : "");
}

std::string describe(const ledger::ErasureRequestEntry& entry, const Genesis& genesis) {
  std::string text = std::string(name(entry.scope)) + " erasure, " +
                     std::string(name(entry.basis)) + ", asked for " + time_text(entry.time) +
                     " by " + (entry.by_patient ? "the patient" : "two organisations") +
                     " through " + organisation_name(genesis, entry.submitter);
  if (entry.key_held_by == ledger::KeyHolder::kCustodian)
    text += ", signed with a key that " + organisation_name(genesis, entry.custodian) + " holds";
  if (entry.ordered) return text + ", ordered";
  if (entry.withdrawn) return text + ", withdrawn";
  const TimeMs end{entry.time.value + ledger::kErasureRequestMs};
  return text + ", may be ordered until " + time_text(end);
}

/// Of a patient or a record; what became of it.
std::string describe(const ledger::Tombstone& entry, const Genesis& genesis) {
  std::string text = std::string(name(entry.scope)) + " of " +
                     organisation_name(genesis, entry.custodian) + " erased in block " +
                     std::to_string(entry.erased.height.value) + " at " +
                     time_text(entry.erased.time) + ", " + std::string(name(entry.erased.basis)) +
                     ", " + std::to_string(entry.erased.operations) + " bodies";
  if (entry.audit) return text + "; audit compartment erased " + time_text(entry.audit->time);
  if (entry.scope == ledger::ErasureScope::kPatient)
    text += "; audit compartment kept until " + time_text(entry.audit_until);
  return text;
}

std::string describe(const ledger::HoldsEntry& entry, const Genesis& genesis) {
  std::string text = std::to_string(entry.holds.size()) + " holds";
  const char* separator = ": ";
  for (const ledger::Hold& hold : entry.holds) {
    text += separator + std::string(name(hold.scope)) + ", " + std::string(name(hold.basis)) +
            ", placed by " + organisation_name(genesis, hold.submitter) + " until " +
            time_text(hold.until);
    separator = "; ";
  }
  return text;
}

template <class Entry>
std::optional<std::string> decoded(BytesView value, const Genesis& genesis) {
  const auto entry = Entry::decode(value);
  return entry ? std::optional(describe(*entry, genesis)) : std::nullopt;
}

}  // namespace

std::string organisation_name(const Genesis& genesis, const AccountId& id) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.id == id) return organisation.name;
  }
  return to_hex(id);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

std::optional<std::string> describe_relation(const ledger::StateKey& key,
                                             BytesView value,
                                             const Genesis& genesis) {
  switch (key.kind) {
    case KeyKind::kProxy: return decoded<identity::ProxyEntry>(value, genesis);
    case KeyKind::kProxyRevocation: return decoded<identity::ProxyRevocation>(value, genesis);
    case KeyKind::kRevocation: return decoded<consent::RevocationEntry>(value, genesis);
    case KeyKind::kLink: return decoded<identity::LinkEntry>(value, genesis);
    case KeyKind::kRecovery: return decoded<identity::RecoveryEntry>(value, genesis);
    case KeyKind::kRecoveryRequest: return decoded<identity::RecoveryRequestEntry>(value, genesis);
    case KeyKind::kBallot: return decoded<identity::BallotEntry>(value, genesis);
    case KeyKind::kDeclaration: return decoded<emergency::DeclarationEntry>(value, genesis);
    case KeyKind::kReview: return decoded<emergency::ReviewEntry>(value, genesis);
    case KeyKind::kHold: return decoded<ledger::HoldsEntry>(value, genesis);
    case KeyKind::kErasureRequest: return decoded<ledger::ErasureRequestEntry>(value, genesis);
    case KeyKind::kTombstone: return decoded<ledger::Tombstone>(value, genesis);
    case KeyKind::kJournal: return decoded<emergency::JournalEntry>(value, genesis);
    case KeyKind::kEmergencyQuota:
      return decoded<emergency::OrganisationEmergencies>(value, genesis);
    default: return std::nullopt;
  }
}

}  // namespace galen::client
