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

void Reference::take(TimeMs time,
                     const std::vector<ledger::DecodedTransactionPtr>& transactions,
                     const execution::BlockOutcome& outcome) {
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const ledger::DecodedTransaction& transaction = *transactions[i];
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations.front());
    const ledger::DecodedOperation& operation = transaction.operations.front();
    const std::string what(ledger::name(operation.type));
    if (transaction.operations.size() != 1) violated("I5", "a transaction nobody signed: " + what);
    const Expected expected =
        expect(transaction.transaction.header.submitter, time, body, operation);
    const ledger::OperationResult& result = outcome.results[i].front();
    if (outcome.receipts[i].ok != expected.ok)
      violated("I5", what + " ended with " + std::string(ledger::name(result.code)));
    const bool is_access = operation.type == ledger::OperationType::kLogAccess;
    if (is_access && only_permit(result.detail) != expected.permit)
      violated("I5", std::string("an access was ") + (expected.permit ? "refused" : "permitted"));
  }
}

Reference::Expected Reference::expect(const AccountId& submitter,
                                      TimeMs time,
                                      const ledger::OperationBody& body,
                                      const ledger::DecodedOperation& operation) {
  if (const auto* patient = std::get_if<ledger::RegisterPatient>(&operation.value)) {
    return {patients_.emplace(patient->patient, submitter).second};
  }
  if (const auto* doctor = std::get_if<ledger::RegisterPractitioner>(&operation.value)) {
    return {doctors_.emplace(doctor->practitioner, submitter).second};
  }
  if (const auto* record = std::get_if<ledger::AppendRecord>(&operation.value)) {
    const auto patient = patients_.find(record->patient);
    if (patient == patients_.end() || patient->second != submitter) return {};
    return {records_.emplace(record->record, record->patient).second};
  }
  if (const auto* given = std::get_if<ledger::GrantAccess>(&operation.value)) {
    return grant(body, given->terms, operation);
  }
  if (const auto* revoked = std::get_if<ledger::RevokeAccess>(&operation.value)) {
    if (!patients_.contains(revoked->patient)) return {};
    revoked_.emplace(revoked->patient, revoked->grant);
    grants_.erase(revoked->grant);
    return {true};
  }
  const auto& access = std::get<ledger::LogAccess>(operation.value);
  return {true, permits(submitter, time, access.request)};
}

Reference::Expected Reference::grant(const ledger::OperationBody& body,
                                     const ledger::GrantTerms& terms,
                                     const ledger::DecodedOperation& operation) {
  if (!patients_.contains(terms.patient)) return {};
  const ledger::Authorisation& authorisation = body.authorisations.front();
  const GrantId id = ledger::grant_id(ledger::authorisation_statement(
      consortium_.chain, authorisation, terms.patient, operation.type, body.operation));
  if (revoked_.contains({terms.patient, id})) return {};
  std::uint64_t& last = sequences_[terms.patient];
  if (authorisation.sequence <= last) return {};
  last = authorisation.sequence;
  grants_[id] = {terms.patient, terms.grantee.id, terms.valid_from, *terms.valid_to};
  return {true};
}

bool Reference::permits(const AccountId& submitter,
                        TimeMs time,
                        const ledger::AccessRequest& request) const {
  const auto doctor = doctors_.find(request.person);
  if (doctor == doctors_.end() || doctor->second != submitter) return false;
  const std::uint64_t expiry = request.expiry.value;
  if (expiry <= time.value || expiry - time.value > limits::kMaxAccessRequestMs) return false;
  const auto patient = patients_.find(request.patient);
  const auto record = records_.find(request.records.front());
  if (patient == patients_.end() || record == records_.end()) return false;
  if (record->second != request.patient) return false;
  if (patient->second == submitter) return true;
  return std::any_of(grants_.begin(), grants_.end(), [&](const auto& entry) {
    const Grant& grant = entry.second;
    return grant.patient == request.patient && grant.organisation == submitter &&
           grant.from <= time && time < grant.to;
  });
}

}  // namespace galen::sim
