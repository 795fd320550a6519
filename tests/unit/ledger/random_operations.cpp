#include "random_values.h"

#include <algorithm>
#include <array>
#include <utility>

namespace galen::ledger::samples {

namespace {

std::uint16_t random_u16(Dice& dice) {
  return static_cast<std::uint16_t>(dice.roll());
}

PublicKey random_key(Dice& dice) {
  return dice.next<PublicKey>();
}

NewKey random_new_key(Dice& dice, bool signing) {
  NewKey v{random_key(dice), 0, random_key(dice), random_signature(dice)};
  if (signing) {
    v.index = random_u16(dice);
    v.replaces = maybe<PublicKey>(dice, random_key);
  }
  return v;
}

PersonKeys random_keys(Dice& dice) {
  return {random_key(dice), random_key(dice), random_signature(dice), random_signature(dice)};
}

std::pair<PatientId, PatientId> random_pair(Dice& dice) {
  const auto a = dice.next<PatientId>();
  const auto b = dice.next<PatientId>();
  return {std::min(a, b), std::max(a, b)};
}

std::uint64_t random_number(Dice& dice) {
  return 1 + dice.below(kMaxCounter);
}

Operation random_account_change(Dice& dice) {
  const auto status = random_enumerator<AccountStatus>(dice);
  const auto reason = random_enumerator<SuspensionReason>(dice);
  switch (dice.below(4)) {
    case 0: {
      const auto use = static_cast<KeyUse>(1 + dice.below(3));
      return RotateKey{dice.next<AccountId>(), use, random_new_key(dice, use == KeyUse::kSigning)};
    }
    case 1: return Suspend{dice.next<AccountId>(), status, reason, dice.roll(), random_time(dice)};
    case 2: {
      RotatePersonKey v;
      v.account = dice.next<AccountId>();
      if (dice.coin()) v.signing = random_new_key(dice, true);
      if (!v.signing || dice.coin()) v.agreement = random_new_key(dice, false);
      v.held_by = maybe<KeyHolder>(dice, random_enumerator<KeyHolder>);
      return v;
    }
    default: return SuspendPractitioner{dice.next<AccountId>(), status, reason};
  }
}

SetRecovery random_set_recovery(Dice& dice) {
  SetRecovery v;
  v.account = dice.next<AccountId>();
  for (const auto& account : random_ids<AccountId>(dice, 0, limits::kMaxGuardians)) {
    Guardian guardian{account, std::nullopt};
    if (dice.coin()) guardian.key = GuardianKey{random_key(dice), random_signature(dice)};
    v.guardians.push_back(guardian);
  }
  const std::size_t most = std::min(v.guardians.size(), limits::kMaxRecoveryThreshold);
  if (most > 0) v.threshold = static_cast<std::uint8_t>(1 + dice.below(most));
  v.cooling_off_ms = dice.below(limits::kMaxCoolingOffMs + 1);
  return v;
}

Operation random_recovery(Dice& dice) {
  const auto account = dice.next<AccountId>();
  const auto recovery = dice.next<RecoveryId>();
  switch (dice.below(4)) {
    case 0: return random_set_recovery(dice);
    case 1:
      return RequestRecovery{account,
                             recovery,
                             random_keys(dice),
                             maybe<KeyHolder>(dice, random_enumerator<KeyHolder>)};
    case 2: return VetoRecovery{account, recovery};
    default: return CompleteRecovery{account, recovery};
  }
}

AuthorizeProxy random_proxy(Dice& dice) {
  AuthorizeProxy v;
  v.patient = dice.next<PatientId>();
  v.proxy = dice.next<AccountId>();
  v.keys = random_keys(dice);
  v.kind = random_enumerator<ProxyKind>(dice);
  v.purposes = random_codes(dice, limits::kMaxPurposes, limits::kMaxCodeBytes);
  if (v.purposes.empty()) v.purposes = {"FAMRQT"};
  v.may_grant = dice.coin();
  v.from = random_time(dice);
  v.to = random_time(dice);
  v.excluded_labels = random_codes(dice, limits::kMaxLabels, limits::kMaxLabelBytes);
  v.labels_key_id = maybe<std::uint32_t>(dice, random_u32);
  v.attested_by = dice.next<AccountId>();
  return v;
}

Operation random_relation(Dice& dice) {
  const auto [patient, other] = random_pair(dice);
  switch (dice.below(4)) {
    case 0: return random_proxy(dice);
    case 1: return LinkPatient{patient, other};
    case 2: return UnlinkPatient{patient, other, random_enumerator<UnlinkReason>(dice)};
    default:
      return RevokeProxy{
          patient, dice.next<AccountId>(), random_enumerator<RevocationReason>(dice)};
  }
}

Operation random_group(Dice& dice) {
  const auto group = dice.next<AccountId>();
  const auto ends = maybe<TimeMs>(dice, random_time);
  const std::uint32_t version = 2 + static_cast<std::uint32_t>(dice.below(1000));
  const auto members = [&dice] {
    return random_ids<AccountId>(dice, 0, limits::kMaxGroupOrganisations);
  };
  switch (dice.below(3)) {
    case 0:
      return DefineGroup{group,
                         dice.next<Random32>(),
                         random_enumerator<GroupKind>(dice),
                         "ward-" + std::to_string(dice.below(100)),
                         dice.next<Digest>(),
                         members(),
                         ends};
    case 1:
      return UpdateGroup{group,
                         version,
                         members(),
                         members(),
                         maybe<Digest>(dice, [](Dice& d) { return d.next<Digest>(); }),
                         ends};
    default: return ChangeMembership{dice.next<AccountId>(), group, version, dice.coin()};
  }
}

Operation random_record_change(Dice& dice) {
  const auto reason = random_enumerator<RecordChange>(dice);
  if (dice.coin()) return RetractRecord{dice.next<PatientId>(), dice.next<RecordId>(), reason};
  return ReplaceRecord{dice.next<RecordId>(),
                       random_record(dice),
                       reason,
                       maybe<RecordChange>(dice, random_enumerator<RecordChange>)};
}

DeclareEmergency random_declaration(Dice& dice) {
  DeclareEmergency v;
  v.declaration = dice.next<DeclarationId>();
  v.seed = dice.next<Random32>();
  v.person = dice.next<AccountId>();
  v.organisation = dice.next<AccountId>();
  v.patient = dice.next<PatientId>();
  v.reason = random_enumerator<EmergencyReason>(dice);
  v.scope = random_enumerator<EmergencyScope>(dice);
  if (v.scope == EmergencyScope::kRecords) {
    v.records = random_ids<RecordId>(dice, 1, limits::kMaxRecordsInScope);
  }
  v.from = random_time(dice);
  v.to = random_time(dice);
  return v;
}

AnchorJournal random_anchor(Dice& dice) {
  AnchorJournal v;
  v.organisation = dice.next<AccountId>();
  v.journal = dice.next<JournalId>();
  v.first = dice.coin() ? 1 : random_number(dice);
  v.last = v.first + dice.below(kMaxCounter - v.first + 1);
  if (v.first != 1) v.previous = dice.next<Digest>();
  v.head = dice.next<Digest>();
  if (v.first == 1 && dice.coin()) v.lost = dice.next<JournalId>();
  return v;
}

LogEmergency random_log_emergency(Dice& dice) {
  LogEmergency v;
  v.journal = dice.next<JournalId>();
  v.number = random_number(dice);
  if (v.number != 1) v.previous = dice.next<Digest>();
  v.salt = dice.next<Random32>();
  v.declaration = dice.next<DeclarationId>();
  v.request = random_access(dice).request;
  v.reasons.resize(v.request.records.size());
  dice.fill(v.reasons);
  v.state_height = Height{dice.below(kMaxCounter + 1)};
  v.time = random_time(dice);
  return v;
}

Operation random_emergency(Dice& dice) {
  switch (dice.below(5)) {
    case 0: return random_declaration(dice);
    case 1: return random_anchor(dice);
    case 2: return random_log_emergency(dice);
    case 3:
      return AnchorJournalReceipt{dice.next<AccountId>(),
                                  dice.next<JournalId>(),
                                  random_number(dice),
                                  dice.next<Digest>(),
                                  random_signature(dice)};
    default:
      return ReviewEmergency{dice.next<PatientId>(),
                             dice.next<DeclarationId>(),
                             dice.next<AccountId>(),
                             random_enumerator<ReviewOutcome>(dice)};
  }
}

Operation random_log(Dice& dice) {
  const auto request = dice.next<RequestId>();
  const auto log = dice.next<PatientId>();
  const auto person = dice.next<AccountId>();
  const auto organisation = dice.next<AccountId>();
  const std::string purpose = random_code(dice, limits::kMaxCodeBytes);
  const TimeMs time = random_time(dice);
  if (dice.coin()) {
    return LogAuditRead{
        request, log, person, organisation, purpose, random_time(dice), random_time(dice), time};
  }
  return LogAdministration{request,
                           log,
                           person,
                           organisation,
                           random_enumerator<AdministrativeAct>(dice),
                           purpose,
                           random_ids<RecordId>(dice, 0, limits::kMaxRecordsInScope),
                           maybe<AccountId>(dice, [](Dice& d) { return d.next<AccountId>(); }),
                           time};
}

AttestErasure random_attestation(Dice& dice) {
  std::set<Retained> retained;
  for (std::uint64_t i = dice.below(limits::kMaxRetainedItems + 1); i > 0; --i) {
    retained.insert(Retained{random_enumerator<RetainedItem>(dice),
                             random_enumerator<RetentionReason>(dice),
                             random_time(dice)});
  }
  return AttestErasure{dice.next<TxId>(),
                       random_u16(dice),
                       dice.next<AccountId>(),
                       random_enumerator<ErasurePhase>(dice),
                       {retained.begin(), retained.end()},
                       random_time(dice)};
}

PlaceHold random_hold(Dice& dice) {
  PlaceHold v;
  v.hold = dice.next<HoldId>();
  v.seed = dice.next<Random32>();
  v.patient = dice.next<PatientId>();
  v.scope = random_enumerator<HoldScope>(dice);
  if (v.scope == HoldScope::kRecords) {
    v.records = random_ids<RecordId>(dice, 1, limits::kMaxRecordsInScope);
  }
  v.basis = random_enumerator<HoldBasis>(dice);
  v.authority = dice.next<AccountId>();
  v.document = dice.next<Digest>();
  v.until = random_time(dice);
  return v;
}

Operation random_order(Dice& dice) {
  const auto request = dice.next<ErasureId>();
  const auto path = dice.next<SubjectPath>();
  const auto basis = random_enumerator<ErasureBasis>(dice);
  if (dice.coin()) {
    return EraseRecord{request, path, dice.next<RecordPath>(), basis, dice.roll()};
  }
  const bool clinical = dice.coin();
  return ErasePatient{request,
                      path,
                      clinical ? ErasureScope::kPatient : ErasureScope::kAudit,
                      basis,
                      dice.roll(),
                      clinical ? random_time(dice) : TimeMs{}};
}

Operation random_erasure(Dice& dice) {
  switch (dice.below(6)) {
    case 0: return random_order(dice);
    case 1: return random_attestation(dice);
    case 2: {
      RequestErasure v;
      v.request = dice.next<ErasureId>();
      v.seed = dice.next<Random32>();
      v.patient = dice.next<PatientId>();
      v.scope = random_enumerator<ErasureScope>(dice);
      if (v.scope == ErasureScope::kRecord) v.record = dice.next<RecordId>();
      v.basis = random_enumerator<ErasureBasis>(dice);
      return v;
    }
    case 3: return random_hold(dice);
    case 4: return WithdrawErasure{dice.next<ErasureId>(), dice.next<PatientId>()};
    default: return LiftHold{dice.next<PatientId>(), dice.next<HoldId>()};
  }
}

}  // namespace

Operation random_later_operation(Dice& dice) {
  constexpr std::array kFamilies{random_account_change,
                                 random_recovery,
                                 random_relation,
                                 random_group,
                                 random_record_change,
                                 random_emergency,
                                 random_log,
                                 random_erasure};
  return kFamilies[dice.below(kFamilies.size())](dice);
}

}  // namespace galen::ledger::samples
