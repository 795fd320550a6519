#include "sim/reference.h"

#include "base/limits.h"
#include "sim/invariants.h"

#include <algorithm>
#include <string>
#include <variant>

namespace galen::sim {

namespace {

/// Version and the list of permits (docs/formats.md): whether the only one is given.
bool only_permit(BytesView detail) {
  return !detail.empty() && detail.back() == 1;
}

}  // namespace

Reference::Reference(const Consortium& consortium) : consortium_(consortium) {
  for (const ledger::GenesisOrganisation& organisation : consortium.genesis.organisations)
    keys_[organisation.id] = {organisation.signing_key};
}

void Reference::take(const ledger::BlockHeader& header,
                     const std::vector<ledger::DecodedTransactionPtr>& transactions,
                     const execution::BlockOutcome& outcome) {
  height_ = header.height;
  time_ = header.time;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const ledger::DecodedTransaction& transaction = *transactions[i];
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations.front());
    const ledger::DecodedOperation& operation = transaction.operations.front();
    const std::string what(ledger::name(operation.type));
    if (transaction.operations.size() != 1) violated("I5", "a transaction nobody signed: " + what);
    const Expected expected = expect(transaction.transaction.header.submitter, body, operation);
    const bool clinical = ledger::class_of(operation.type) == ledger::TransactionClass::kPersonal &&
                          operation.type != ledger::OperationType::kLogAccess &&
                          operation.type != ledger::OperationType::kRegisterPractitioner;
    if (clinical)
      bodies_.push_back(
          {ledger::subject_of(operation.value), ledger::record_of(operation.value), false});
    const ledger::OperationResult& result = outcome.results[i].front();
    if (outcome.receipts[i].ok != expected.ok)
      violated("I5", what + " ended with " + std::string(ledger::name(result.code)));
    const bool is_access = operation.type == ledger::OperationType::kLogAccess;
    if (is_access && only_permit(result.detail) != expected.permit)
      violated("I5", std::string("an access was ") + (expected.permit ? "refused" : "permitted"));
  }
}

Reference::Expected Reference::expect(const AccountId& submitter,
                                      const ledger::OperationBody& body,
                                      const ledger::DecodedOperation& operation) {
  if (const auto* patient = std::get_if<ledger::RegisterPatient>(&operation.value)) {
    const Patient registered{submitter, patient->held_by, {height_, {}}};
    return {patients_.emplace(patient->patient, registered).second};
  }
  if (const auto* doctor = std::get_if<ledger::RegisterPractitioner>(&operation.value)) {
    return {doctors_.emplace(doctor->practitioner, submitter).second};
  }
  if (const auto* record = std::get_if<ledger::AppendRecord>(&operation.value)) {
    if (!is_alive(record->patient) || patients_.at(record->patient).custodian != submitter)
      return {};
    return {records_.emplace(record->record, Record{record->patient, {height_, {}}}).second};
  }
  if (const auto* given = std::get_if<ledger::GrantAccess>(&operation.value)) {
    return grant(body, given->terms, operation);
  }
  if (const auto* revoked = std::get_if<ledger::RevokeAccess>(&operation.value)) {
    if (!is_alive(revoked->patient)) return {};
    revoked_.emplace(revoked->patient, revoked->grant);
    const auto grant = grants_.find(revoked->grant);
    if (grant != grants_.end() && !grant->second.life.end) grant->second.life.end = height_;
    return {true};
  }
  if (const auto* asked = std::get_if<ledger::RequestErasure>(&operation.value)) {
    return request(submitter, body, *asked);
  }
  if (const auto* withdrawn = std::get_if<ledger::WithdrawErasure>(&operation.value)) {
    return withdraw(body, *withdrawn);
  }
  if (const auto* patient = std::get_if<ledger::ErasePatient>(&operation.value)) {
    return erase(submitter, *patient);
  }
  if (const auto* record = std::get_if<ledger::EraseRecord>(&operation.value)) {
    return erase(submitter, *record);
  }
  if (const auto* rotation = std::get_if<ledger::RotateKey>(&operation.value)) {
    return rotate(submitter, *rotation);
  }
  return access(submitter, std::get<ledger::LogAccess>(operation.value).request);
}

/// The workload's: of the own signing key, to one that nobody had. The old one's place is free from
/// the next rotation on.
Reference::Expected Reference::rotate(const AccountId& submitter,
                                      const ledger::RotateKey& rotation) {
  std::vector<PublicKey>& keys = keys_.at(rotation.organisation);
  const auto old = std::find(keys.begin(), keys.end(), rotation.key.replaces.value());
  if (submitter != rotation.organisation || old == keys.end()) return {};
  const std::size_t place = rotation.key.index;
  const bool appended = place == keys.size() && place < limits::kMaxKeysPerAccount;
  if (!appended && (place >= keys.size() || !keys[place].is_zero())) return {};
  *old = PublicKey{};
  if (appended) keys.emplace_back();
  keys[place] = rotation.key.key;
  return {true};
}

Reference::Expected Reference::grant(const ledger::OperationBody& body,
                                     const ledger::GrantTerms& terms,
                                     const ledger::DecodedOperation& operation) {
  if (!is_alive(terms.patient)) return {};
  const ledger::Authorisation& authorisation = body.authorisations.front();
  const GrantId id = ledger::grant_id(ledger::authorisation_statement(
      consortium_.chain, authorisation, terms.patient, operation.type, body.operation));
  if (revoked_.contains({terms.patient, id})) return {};
  if (!takes_sequence(terms.patient, authorisation)) return {};
  grants_[id] = {terms.patient, terms.grantee.id, terms.valid_from, *terms.valid_to, {height_, {}}};
  return {true};
}

bool Reference::is_alive(const PatientId& patient) const {
  const auto found = patients_.find(patient);
  return found != patients_.end() && !found->second.life.end;
}

bool Reference::takes_sequence(const PatientId& patient, const ledger::Authorisation& given) {
  std::uint64_t& last = sequences_[patient];
  if (given.sequence <= last) return false;
  last = given.sequence;
  return true;
}

Reference::Expected Reference::request(const AccountId& submitter,
                                       const ledger::OperationBody& body,
                                       const ledger::RequestErasure& asked) {
  if (!is_alive(asked.patient)) return {};
  const ledger::Authorisation& given = body.authorisations.front();
  if (given.sequence <= sequences_[asked.patient]) return {};
  if (asked.record) {
    const auto record = records_.find(*asked.record);
    const bool known = record != records_.end() && record->second.patient == asked.patient;
    if (!known || record->second.life.end) return {};
  }
  const Patient& patient = patients_.at(asked.patient);
  const bool custodian_alone = patient.held_by == ledger::KeyHolder::kCustodian &&
                               submitter == patient.custodian && body.authorisations.size() == 1;
  if (custodian_alone) return {};
  (void)takes_sequence(asked.patient, given);
  requests_.emplace(asked.request, Request{asked.patient, asked.record, submitter});
  return {true};
}

/// The workload's requests are all the patients' own.
Reference::Expected Reference::withdraw(const ledger::OperationBody& body,
                                        const ledger::WithdrawErasure& withdrawn) {
  const auto found = requests_.find(withdrawn.request);
  if (found == requests_.end() || !is_alive(withdrawn.patient)) return {};
  if (!takes_sequence(withdrawn.patient, body.authorisations.front())) return {};
  requests_.erase(found);
  return {true};
}

const Reference::Request* Reference::ordered(const AccountId& submitter,
                                             const ErasureId& id,
                                             std::uint64_t operations) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return nullptr;
  const Request& request = found->second;
  const bool may_order =
      request.submitter == submitter || patients_.at(request.patient).custodian == submitter;
  if (!may_order) return nullptr;
  if (!is_alive(request.patient)) return nullptr;
  if (request.record && records_.at(*request.record).life.end) return nullptr;
  const auto goes = [&](const Body& body) {
    return !body.counted && body.patient == request.patient &&
           (!request.record || body.record == request.record);
  };
  const auto count = std::count_if(bodies_.begin(), bodies_.end(), goes);
  if (static_cast<std::uint64_t>(count) != operations) return nullptr;
  if (!request.record) return &request;
  for (Body& body : bodies_) body.counted |= goes(body);
  return &request;
}

Reference::Expected Reference::erase(const AccountId& submitter,
                                     const ledger::ErasePatient& order) {
  const std::uint64_t retention = consortium_.genesis.parameters.min_audit_retention_ms;
  if (order.audit_until.value < time_.value + std::max<std::uint64_t>(retention, 1)) return {};
  const Request* request = ordered(submitter, order.request, order.operations);
  if (request == nullptr) return {};
  patients_.at(request->patient).life.end = height_;
  requests_.erase(order.request);
  return {true};
}

Reference::Expected Reference::erase(const AccountId& submitter, const ledger::EraseRecord& order) {
  const Request* request = ordered(submitter, order.request, order.operations);
  if (request == nullptr) return {};
  records_.at(*request->record).life.end = height_;
  requests_.erase(order.request);
  return {true};
}

Reference::Expected Reference::access(const AccountId& submitter,
                                      const ledger::AccessRequest& request) {
  const std::uint64_t expiry = request.expiry.value;
  const bool stands = expiry > time_.value && expiry - time_.value <= limits::kMaxAccessRequestMs;
  const bool permit =
      stands && submitter == request.organisation && permits(request, {height_, time_, time_});
  accesses_.emplace(request.request, Access{time_, height_, permit});
  last_permit_ = permit;
  return {true, permit};
}

bool Reference::permits(const ledger::AccessRequest& request, const Instant& at) const {
  const auto doctor = doctors_.find(request.person);
  if (doctor == doctors_.end() || doctor->second != request.organisation) return false;
  const auto patient = patients_.find(request.patient);
  if (patient == patients_.end() || !patient->second.life.holds(at.height)) return false;
  const auto record = records_.find(request.records.front());
  if (record == records_.end() || !record->second.life.holds(at.height)) return false;
  if (record->second.patient != request.patient) return false;
  if (patient->second.custodian == request.organisation) return true;
  return std::any_of(grants_.begin(), grants_.end(), [&](const auto& entry) {
    const Grant& grant = entry.second;
    return grant.life.holds(at.height) && grant.patient == request.patient &&
           grant.organisation == request.organisation && grant.from <= at.begun &&
           at.ended < grant.to;
  });
}

bool Reference::may_read(Height height,
                         TimeMs block_time,
                         TimeMs now,
                         const ledger::AccessRequest& request) const {
  const auto access = accesses_.find(request.request);
  if (access == accesses_.end() || access->second.height > height || !access->second.permit)
    return false;
  return permits(request, {height, std::min(block_time, now), std::max(block_time, now)});
}

}  // namespace galen::sim
