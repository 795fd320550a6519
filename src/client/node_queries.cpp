// The queries about consent, records and groups of NodeApi.
#include "client/node_api.h"
#include "client/unary_call.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/grpcpp.h>

namespace galen::client {

namespace {

Result<CheckAnswer> to_check_answer(const v1::CheckItem& item) {
  CheckAnswer answer;
  GALEN_TRY(answer.record, fixed<RecordId>(item.record(), "record id"));
  answer.permit = item.permit();
  answer.reason = item.reason();
  answer.grant = to_bytes(item.grant());
  answer.obligations = {item.obligations().begin(), item.obligations().end()};
  return answer;
}

void set_filter(v1::RecordFilter& filter, const RecordQuery& query) {
  filter.set_classes(query.classes);
  if (query.from) filter.set_from(*query.from);
  if (query.to) filter.set_to(*query.to);
  filter.set_status(query.status);
}

}  // namespace

Result<Page> NodeApi::grants(const GrantQuery& query, const Bytes& token, Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::ListGrantsRequest request;
  request.set_patient(text(query.patient));
  request.set_request(text(query.own.request));
  request.set_authorisation(text(query.own.authorisation));
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  request.set_at_height(query.at_height);
  v1::GrantFilter& filter = *request.mutable_filter();
  filter.set_status(query.status);
  filter.set_effect(query.effect);
  if (query.grantee) filter.set_grantee(text(*query.grantee));
  filter.set_expiring_before_ms(query.expiring_before_ms);
  request.set_with_proofs(query.with_proofs);
  v1::ListGrantsResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::ListGrants, request, response, deadline));
  Page page;
  for (const auto& grant : response.grants()) {
    page.ids.push_back(to_bytes(grant.grant_id()));
    page.entries.push_back(to_bytes(grant.entry()));
  }
  for (const auto& proof : response.proofs()) page.proofs.push_back(to_bytes(proof));
  page.token = to_bytes(response.page_token());
  return page;
}

Result<std::vector<CheckAnswer>> NodeApi::check(const Bytes& access_request, Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::CheckRequest request;
  request.set_request(text(access_request));
  v1::CheckResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::Check, request, response, deadline));
  std::vector<CheckAnswer> answers;
  for (const auto& item : response.items()) {
    GALEN_TRY(answers.emplace_back(), to_check_answer(item));
  }
  return answers;
}

Result<Page> NodeApi::records(const RecordQuery& query, const Bytes& token, Deadline deadline) {
  v1::Records::Stub stub(channel());
  v1::ListRecordsRequest request;
  if (query.access.is_zero()) {
    request.set_patient(text(query.patient));
  } else {
    request.set_access_tx_id(text(query.access));
  }
  request.set_with_proofs(query.with_proofs);
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  request.set_at_height(query.at_height);
  set_filter(*request.mutable_filter(), query);
  v1::ListRecordsResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Records::Stub::ListRecords, request, response, deadline));
  Page page;
  for (const auto& entry : response.entries()) page.entries.push_back(to_bytes(entry));
  for (const auto& proof : response.proofs()) page.proofs.push_back(to_bytes(proof));
  page.token = to_bytes(response.page_token());
  return page;
}

Result<Page> NodeApi::groups(const Bytes& token, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::ListGroupsRequest request;
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  v1::ListGroupsResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::ListGroups, request, response, deadline));
  if (response.ids_size() != response.entries_size()) {
    return fail(ErrorCode::kMalformed, "the node's answer has groups without ids");
  }
  Page page;
  for (const auto& id : response.ids()) page.ids.push_back(to_bytes(id));
  for (const auto& entry : response.entries()) page.entries.push_back(to_bytes(entry));
  page.token = to_bytes(response.page_token());
  return page;
}

Result<SimulateAnswer> NodeApi::simulate(const std::vector<Bytes>& operations,
                                         const std::optional<AccountId>& grantor,
                                         const std::vector<SupposedAccess>& requests,
                                         Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::SimulateRequest request;
  for (const Bytes& operation : operations) request.add_operations(text(operation));
  if (grantor) request.set_grantor(text(*grantor));
  for (const SupposedAccess& asked : requests) {
    request.add_requests(text(asked.request));
    request.add_roles(asked.role ? static_cast<std::uint32_t>(*asked.role) : 0);
  }
  v1::SimulateResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::Simulate, request, response, deadline));
  SimulateAnswer answer;
  answer.result = response.result();
  answer.failed = response.failed();
  for (const auto& item : response.items()) {
    if (item.request() >= requests.size()) {
      return fail(ErrorCode::kMalformed, "the node answers a request that was not asked");
    }
    GALEN_TRY(auto before, to_check_answer(item.before()));
    GALEN_TRY(auto after, to_check_answer(item.after()));
    answer.items.push_back({item.request(), std::move(before), std::move(after)});
  }
  return answer;
}

Result<ExplainAnswer> NodeApi::explain(const ExplainQuery& query, Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::ExplainRequest request;
  request.set_patient(text(query.log));
  request.set_read_tx_id(text(query.reading));
  if (query.index) {
    request.set_index(*query.index);
  } else {
    request.set_tx_id(text(query.transaction));
    request.set_operation(query.operation);
  }
  v1::ExplainResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::Explain, request, response, deadline));
  ExplainAnswer answer;
  answer.entry = to_bytes(response.entry());
  answer.index = response.index();
  answer.height = response.height();
  answer.findings = {response.findings().begin(), response.findings().end()};
  for (const auto& item : response.items()) {
    ExplainAnswer::Item explained;
    GALEN_TRY(explained.recorded, to_check_answer(item.recorded()));
    if (item.has_replayed()) {
      GALEN_TRY(explained.replayed, to_check_answer(item.replayed()));
    }
    explained.changed = item.changed();
    answer.items.push_back(std::move(explained));
  }
  return answer;
}

}  // namespace galen::client
