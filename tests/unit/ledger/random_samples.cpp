#include "base/limits.h"
#include "random_values.h"
#include "samples.h"

#include <algorithm>
#include <set>

namespace galen::ledger::samples {

namespace {

GrantTerms random_terms(Dice& dice) {
  GrantTerms t;
  t.patient = dice.next<PatientId>();
  t.grantee.kind = random_enumerator<GranteeKind>(dice);
  if (t.grantee.kind != GranteeKind::kAny) t.grantee.id = dice.next<AccountId>();
  t.purposes = random_codes(dice, limits::kMaxPurposes, limits::kMaxCodeBytes);
  t.actions = static_cast<ActionSet>(1 + dice.below(kAllActions));
  t.classes = static_cast<ClassSet>(1 + dice.below(kAllClasses));
  t.confidentiality = random_enumerator<Confidentiality>(dice);
  t.labels = random_codes(dice, limits::kMaxLabels, limits::kMaxLabelBytes);
  t.data_from = maybe<CalendarDate>(dice, random_date);
  t.data_to = maybe<CalendarDate>(dice, random_date);
  std::set<DataLimit> data;
  for (std::uint64_t i = dice.below(limits::kMaxDataLimits + 1); i > 0; --i) {
    data.insert(DataLimit{random_enumerator<DataMeaning>(dice), dice.next<Random32>()});
  }
  t.data = {data.begin(), data.end()};
  t.regions = random_regions(dice);
  t.valid_from = random_time(dice);
  t.valid_to = maybe<TimeMs>(dice, random_time);
  t.erase_at = maybe<TimeMs>(dice, random_time);
  t.emergency_override = random_enumerator<EmergencyOverride>(dice);
  t.policy = dice.next<Digest>();
  t.terms_commitment = dice.next<Digest>();
  t.supersedes = random_ids<GrantId>(dice, 0, limits::kMaxSupersedes);
  t.max_uses = maybe<std::uint32_t>(dice, random_u32);
  t.acknowledge_shadowed = dice.coin();
  t.follow = dice.coin();
  t.labels_key_id = maybe<std::uint32_t>(dice, random_u32);
  return t;
}

}  // namespace

AppendRecord random_record(Dice& dice) {
  AppendRecord v;
  v.record = dice.next<RecordId>();
  v.seed = dice.next<Random32>();
  v.patient = dice.next<PatientId>();
  v.record_class = random_enumerator<RecordClass>(dice);
  v.confidentiality = random_enumerator<Confidentiality>(dice);
  v.labels = random_codes(dice, limits::kMaxLabels, limits::kMaxLabelBytes);
  v.labels_key_id = maybe<std::uint32_t>(dice, random_u32);
  v.service_date = random_date(dice);
  v.created = random_time(dice);
  v.mime_type = random_code(dice, limits::kMaxMimeBytes);
  v.size = dice.below(limits::kMaxPayloadBytes + 1);
  v.payload = dice.next<PayloadAddress>();
  v.content_commitment = dice.next<Digest>();
  v.authors = random_ids<AccountId>(dice, 0, limits::kMaxAuthors);
  v.related = random_ids<Random32>(dice, 0, limits::kMaxRelated);
  v.withhold_from_patient = dice.coin();
  return v;
}

LogAccess random_access(Dice& dice) {
  AccessRequest q;
  q.request = dice.next<RequestId>();
  q.person = dice.next<AccountId>();
  q.organisation = dice.next<AccountId>();
  q.patient = dice.next<PatientId>();
  q.records = random_ids<RecordId>(dice, 1, limits::kMaxRecordsPerAccess);
  q.purpose = random_code(dice, limits::kMaxCodeBytes);
  q.action = random_enumerator<Action>(dice);
  q.recipient_key = dice.next<PublicKey>();
  q.project = maybe<AccountId>(dice, [](Dice& d) { return d.next<AccountId>(); });
  q.expiry = random_time(dice);
  return LogAccess{q};
}

namespace {

Authorisation random_authorisation(Dice& dice) {
  Authorisation a;
  a.role = random_enumerator<AuthorisationRole>(dice);
  a.account = dice.next<AccountId>();
  a.key_index = static_cast<std::uint16_t>(dice.roll());
  a.submitter = dice.next<AccountId>();
  a.sequence = dice.below(kMaxCounter + 1);
  a.not_after = random_time(dice);
  a.signature = random_signature(dice);
  return a;
}

}  // namespace

Operation random_first_operation(Dice& dice) {
  switch (dice.below(7)) {
    case 0:
      return RegisterPractitioner{dice.next<AccountId>(),
                                  dice.next<Random32>(),
                                  random_enumerator<Role>(dice),
                                  dice.coin(),
                                  dice.next<PublicKey>(),
                                  dice.next<PublicKey>(),
                                  dice.next<Signature>(),
                                  dice.next<Signature>()};
    case 1:
      return RegisterPatient{dice.next<PatientId>(),
                             dice.next<Random32>(),
                             dice.next<PublicKey>(),
                             dice.next<PublicKey>(),
                             random_enumerator<KeyHolder>(dice),
                             dice.next<Signature>(),
                             dice.next<Signature>()};
    case 2: return GrantAccess{random_terms(dice)};
    case 3: return DenyAccess{random_terms(dice)};
    case 4:
      return RevokeAccess{
          dice.next<PatientId>(), dice.next<GrantId>(), random_enumerator<RevocationReason>(dice)};
    case 5: return random_record(dice);
    default: return random_access(dice);
  }
}

Operation random_operation(Dice& dice) {
  return dice.coin() ? random_first_operation(dice) : random_later_operation(dice);
}

namespace {

Operation random_operation_of(Dice& dice, TransactionClass tx_class) {
  while (true) {
    Operation operation = random_operation(dice);
    if (class_of(type_of(operation)) == tx_class) return operation;
  }
}

}  // namespace

Transaction random_transaction(Dice& dice) {
  TransactionBuilder builder(
      dice.next<ChainId>(), dice.next<AccountId>(), static_cast<std::uint16_t>(dice.roll()), dice);
  const auto tx_class = dice.coin() ? TransactionClass::kPublic : TransactionClass::kPersonal;
  for (std::uint64_t i = 1 + dice.below(6); i > 0; --i) {
    std::vector<Authorisation> authorisations(
        dice.below(limits::kMaxAuthorisationsPerOperation + 1));
    for (Authorisation& a : authorisations) a = random_authorisation(dice);
    builder.add(random_operation_of(dice, tx_class), std::move(authorisations));
  }
  const Nonce nonce{static_cast<std::uint16_t>(dice.roll()), 1 + dice.below((1ULL << 48U) - 1)};
  const TransactionHeader header = builder.header(nonce, random_time(dice));
  Transaction transaction = std::move(builder).finish(header, random_signature(dice));
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    if (dice.below(4) != 0) continue;
    OperationSlot& slot = transaction.operations[i];
    const auto index = static_cast<std::uint16_t>(i);
    slot = operation_commitment(header.chain, index, std::get<OperationBody>(slot));
  }
  return transaction;
}

}  // namespace galen::ledger::samples
