#include "client/emergency_api.h"

#include "client/grpc_answers.h"
#include "client/released_stream.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

namespace galen::client {

namespace {

constexpr std::uint32_t kPageSize = 500;

std::string text(BytesView bytes) {
  return to_string(bytes);
}

template <class T>
Result<T> fixed(const std::string& bytes) {
  if (bytes.size() == T::kSize) return T::from(as_bytes(bytes));
  return fail(ErrorCode::kMalformed, "the node's answer: a field of a wrong size");
}

template <class T>
Result<std::optional<T>> maybe(const std::string& bytes) {
  if (bytes.empty()) return std::optional<T>();
  GALEN_TRY(const T value, fixed<T>(bytes));
  return std::optional<T>(value);
}

template <class Method, class Request, class Response>
Status unary(
    NodeApi& node, Method method, const Request& request, Response& response, Deadline deadline) {
  v1::Emergency::Stub stub(node.channel());
  grpc::ClientContext context;
  context.set_deadline(deadline);
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return {};
}

}  // namespace

Result<std::uint64_t> get_emergency(NodeApi& node,
                                    const EmergencyCall& call,
                                    const NodeApi::HeaderSink& header,
                                    const NodeApi::ChunkSink& chunk,
                                    Deadline deadline) {
  v1::Emergency::Stub stub(node.channel());
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::GetEmergencyRequest request;
  request.set_request(text(call.request));
  request.set_authorisation(text(call.authorisation));
  request.set_declaration(text(call.declaration));
  request.set_declared_by(text(call.declared_by));
  const auto stream = stub.Get(&context, request);
  return read_released(*stream, context, header, chunk);
}

Result<EmergencyEntries> emergency_entries(NodeApi& node, std::uint64_t from, Deadline deadline) {
  v1::ListEmergencyEntriesRequest request;
  request.set_from(from);
  v1::ListEmergencyEntriesResponse response;
  GALEN_TRY_STATUS(unary(node, &v1::Emergency::Stub::ListEntries, request, response, deadline));
  EmergencyEntries entries;
  GALEN_TRY(entries.journal, fixed<JournalId>(response.journal()));
  GALEN_TRY(entries.follows, maybe<JournalId>(response.follows()));
  GALEN_TRY(entries.present, maybe<JournalId>(response.present()));
  GALEN_TRY(entries.head, fixed<Digest>(response.head()));
  GALEN_TRY(entries.anchored_head, fixed<Digest>(response.anchored_head()));
  entries.last = response.last();
  entries.anchored = response.anchored();
  entries.next = response.next();
  for (const auto& item : response.items()) {
    entries.items.push_back({to_bytes(item.entry()),
                             to_bytes(item.authorisation()),
                             to_bytes(item.declaration()),
                             to_bytes(item.declared_by()),
                             item.logged(),
                             item.declared()});
  }
  return entries;
}

Result<DeclarationsAnswer> declarations(NodeApi& node,
                                        const DeclarationsQuery& query,
                                        const Bytes& token,
                                        Deadline deadline) {
  v1::ListDeclarationsRequest request;
  if (query.patient) request.set_patient(text(*query.patient));
  request.set_request(text(query.own.request));
  request.set_authorisation(text(query.own.authorisation));
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  request.set_at_height(query.at_height);
  v1::ListDeclarationsResponse response;
  GALEN_TRY_STATUS(
      unary(node, &v1::Emergency::Stub::ListDeclarations, request, response, deadline));
  DeclarationsAnswer answer;
  answer.open = response.open();
  answer.overdue = response.overdue();
  answer.limit = response.limit();
  for (const auto& item : response.items()) {
    answer.items.push_back({to_bytes(item.entry()), to_bytes(item.review()), item.overdue()});
  }
  answer.token = to_bytes(response.page_token());
  return answer;
}

Result<JournalsAnswer> journals(NodeApi& node,
                                const std::optional<AccountId>& organisation,
                                const Bytes& token,
                                Deadline deadline) {
  v1::ListJournalsRequest request;
  if (organisation) request.set_organisation(text(*organisation));
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  v1::ListJournalsResponse response;
  GALEN_TRY_STATUS(unary(node, &v1::Emergency::Stub::ListJournals, request, response, deadline));
  JournalsAnswer answer;
  for (const auto& item : response.journals()) {
    GALEN_TRY(const auto journal, fixed<JournalId>(item.journal()));
    answer.journals.push_back({journal, to_bytes(item.entry()), item.present()});
  }
  for (const auto& item : response.evidence()) {
    GALEN_TRY(const auto member, fixed<AccountId>(item.organisation()));
    answer.evidence.push_back({member, to_bytes(item.place())});
  }
  answer.token = to_bytes(response.page_token());
  return answer;
}

}  // namespace galen::client
