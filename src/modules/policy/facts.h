// What decide() looks at, as plain values: requester, record, grants, proxies, emergencies,
// request. modules/audit fills them from the state; tests and simulators fill them from anywhere.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"
#include "ledger/operation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::policy {

/// A requester whose signature was checked. REQUIRES for role kPatient: the subject himself.
struct Requester {
  AccountId person;
  ledger::Role role = ledger::Role::kClinician;
  AccountId organisation;
  ledger::OrganisationKind kind = ledger::OrganisationKind::kProvider;
  std::string region;  ///< ISO 3166-1 alpha-2 of the organisation
  bool organisation_active = true;
  bool person_active = true;  ///< not suspended or revoked by his organisation
  bool emergency_privilege = false;
  friend bool operator==(const Requester&, const Requester&) = default;
};

struct RecordFacts {
  RecordId id;
  std::vector<RecordId> predecessors;  ///< earlier versions of it, ascending
  AccountId custodian;
  std::vector<AccountId> authors;
  std::vector<Random32> related;
  ledger::RecordClass record_class = ledger::RecordClass::kOther;
  ledger::Confidentiality confidentiality = ledger::Confidentiality::kN;
  std::vector<std::string> labels;
  std::optional<std::uint32_t> labels_key_id;  ///< set when the labels are HMAC tags
  ledger::CalendarDate service_date;
  ledger::RecordStatus status = ledger::RecordStatus::kCurrent;
  bool withhold_from_patient = false;
};

/// FROZEN: stored in grant entries (docs/formats.md).
enum class GrantStatus : std::uint8_t { kActive = 1, kRevoked = 2, kSuperseded = 3 };

struct GrantFacts {
  GrantId id;
  ledger::Effect effect = ledger::Effect::kPermit;
  const ledger::GrantTerms* terms = nullptr;  ///< not owned, outlives the evaluation
  GrantStatus status = GrantStatus::kActive;
  TimeMs ended_at;                         ///< unless active
  std::optional<std::uint32_t> uses_left;  ///< when the terms limit them
  std::vector<AccountId> members;          ///< persons or organisations of a GROUP or PROJECT
};

/// A proxy authorisation of the patient.
struct ProxyFacts {
  AccountId proxy;
  std::string purpose;
  TimeMs from;
  TimeMs to;  ///< exclusive
  std::vector<std::string> exclude_labels;
  /// Set when the excluded labels are HMAC tags.
  std::optional<std::uint32_t> labels_key_id = std::nullopt;
};

/// A break-glass declaration for the patient.
struct EmergencyFacts {
  AccountId person;
  TimeMs from;
  TimeMs to;                      ///< exclusive
  std::vector<RecordId> records;  ///< of its scope, sorted; empty: all of the patient's
};

/// Everything a patient's state says about consent. The order of each list is irrelevant.
struct ConsentContext {
  std::vector<GrantFacts> grants;
  bool ever_granted = false;  ///< also true when `grants` is not empty
  std::vector<ProxyFacts> proxies;
  std::vector<EmergencyFacts> emergencies;
};

/// The time of a decision. Inside a block both are the block's time. At a release, `earliest` is
/// the head's block time and `latest` the greater of that and the local clock, so that an idle
/// chain keeps no expired permit alive (TIM-5): permits start by `earliest` and end by `latest`,
/// denies the reverse.
struct Instant {
  TimeMs earliest;
  TimeMs latest;
  friend bool operator==(const Instant&, const Instant&) = default;

  [[nodiscard]] static Instant of_block(TimeMs time) { return Instant{time, time}; }
};

struct Request {
  std::string purpose;  ///< HL7 PurposeOfUse code
  ledger::Action action = ledger::Action::kRead;
  std::optional<AccountId> project;
  Instant at;
  std::uint64_t state_age_ms = 0;  ///< 0 inside a block
  /// The grant whose use of max_uses a committed access entry already took: the re-check at a
  /// release. Any other grant counts only while it has uses left.
  std::optional<GrantId> counted_grant;
  /// No entry will be written that takes a use: of grants with limited uses only the counted one
  /// serves.
  bool takes_no_use = false;
};

}  // namespace galen::policy
