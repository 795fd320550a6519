#include "client/event_stream.h"

#include "client/grpc_answers.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <array>
#include <utility>

namespace galen::client {

namespace {

struct KindName {
  EventKind kind;
  const char* name;
};

constexpr std::array<KindName, 21> kKindNames{{
    {EventKind::kHeartbeat, "heartbeat"},
    {EventKind::kBlock, "block"},
    {EventKind::kPatientRegistered, "patient-registered"},
    {EventKind::kPractitionerRegistered, "practitioner-registered"},
    {EventKind::kAccessGranted, "access-granted"},
    {EventKind::kAccessDenied, "access-denied"},
    {EventKind::kGrantRevoked, "grant-revoked"},
    {EventKind::kRecordAppended, "record-appended"},
    {EventKind::kAccessDecided, "access-decided"},
    {EventKind::kRejected, "rejected"},
    {EventKind::kRecordReplaced, "record-replaced"},
    {EventKind::kRecordRetracted, "record-retracted"},
    {EventKind::kEmergencyDeclared, "emergency-declared"},
    {EventKind::kEmergencyReleased, "emergency-released"},
    {EventKind::kEmergencyReviewed, "emergency-reviewed"},
    {EventKind::kAccountChanged, "account-changed"},
    {EventKind::kRelationChanged, "relation-changed"},
    {EventKind::kGroupChanged, "group-changed"},
    {EventKind::kErasure, "erasure"},
    {EventKind::kJournalAnchored, "journal-anchored"},
    {EventKind::kAdministration, "administration"},
}};

template <class T>
Result<T> fixed(const std::string& bytes, std::string_view what) {
  if (bytes.size() == T::kSize) return T::from(as_bytes(bytes));
  return fail(ErrorCode::kMalformed, std::string(what) + " in the node's event: wrong size");
}

template <class T>
Result<std::optional<T>> optional_id(const std::string& bytes, std::string_view what) {
  if (bytes.empty()) return std::optional<T>{};
  GALEN_TRY(const T id, fixed<T>(bytes, what));
  return std::optional<T>{id};
}

template <class Decisions>
Status read_decisions(const Decisions& decisions, OperationAnswer& answer) {
  for (const auto& item : decisions) {
    DecisionAnswer decision;
    GALEN_TRY(decision.record, fixed<RecordId>(item.record(), "record id"));
    decision.permit = item.permit();
    decision.reason = item.reason();
    decision.grant = to_bytes(item.grant());
    answer.decisions.push_back(std::move(decision));
  }
  return {};
}

Status read_access(const v1::AccessEvent& message, OperationAnswer& answer) {
  GALEN_TRY(answer.organisation, fixed<AccountId>(message.organisation(), "organisation"));
  GALEN_TRY(answer.person, fixed<AccountId>(message.person(), "person"));
  answer.purpose = message.purpose();
  answer.action = message.action();
  return read_decisions(message.decisions(), answer);
}

Status read_emergency(const v1::EmergencyEvent& message, OperationAnswer& answer) {
  EmergencyAnswer emergency;
  GALEN_TRY(emergency.declaration, fixed<DeclarationId>(message.declaration(), "declaration id"));
  GALEN_TRY(answer.organisation, fixed<AccountId>(message.organisation(), "organisation"));
  GALEN_TRY(const auto person, optional_id<AccountId>(message.person(), "person"));
  answer.person = person.value_or(AccountId{});
  emergency.reason = message.reason();
  emergency.from = TimeMs{message.from_ms()};
  emergency.to = TimeMs{message.to_ms()};
  emergency.outcome = message.outcome();
  for (const std::string& bytes : message.records()) {
    GALEN_TRY(const auto record, fixed<RecordId>(bytes, "record id"));
    emergency.records.push_back(record);
  }
  answer.emergency = std::move(emergency);
  return read_decisions(message.decisions(), answer);
}

Result<OperationAnswer> read_operation(const v1::OperationEvent& message) {
  OperationAnswer answer;
  GALEN_TRY(answer.transaction, fixed<TxId>(message.tx_id(), "transaction id"));
  GALEN_TRY(answer.submitter, fixed<AccountId>(message.submitter(), "submitter"));
  GALEN_TRY(answer.subject, fixed<PatientId>(message.subject(), "subject"));
  GALEN_TRY(answer.record, optional_id<RecordId>(message.record(), "record id"));
  GALEN_TRY(answer.grant, optional_id<GrantId>(message.grant(), "grant id"));
  answer.operation = message.operation();
  answer.type = message.type();
  answer.result = static_cast<ledger::ResultCode>(message.result());
  if (message.has_access()) GALEN_TRY_STATUS(read_access(message.access(), answer));
  if (message.has_emergency()) GALEN_TRY_STATUS(read_emergency(message.emergency(), answer));
  return answer;
}

Result<ledger::CertifiedHeader> read_header(const v1::BlockEvent& message) {
  ledger::CertifiedHeader head;
  GALEN_TRY(head.header, ledger::decode_block_header(as_bytes(message.header())));
  GALEN_TRY(head.certificate, ledger::decode_certificate(as_bytes(message.certificate())));
  return head;
}

Result<EventAnswer> read_event(const v1::WatchEvent& message) {
  EventAnswer answer;
  answer.kind = static_cast<EventKind>(message.kind());
  answer.height = Height{message.height()};
  answer.index = message.index();
  GALEN_TRY(answer.next, ledger::EventCursor::decode(as_bytes(message.cursor())));
  answer.time = TimeMs{message.time_ms()};
  GALEN_TRY(answer.block, fixed<BlockHash>(message.block_hash(), "block hash"));
  if (message.has_block()) {
    answer.transactions = message.block().transactions();
    answer.operations = message.block().operations();
    if (!message.block().header().empty()) {
      GALEN_TRY(answer.header, read_header(message.block()));
    }
  }
  if (message.has_operation()) {
    GALEN_TRY(answer.operation, read_operation(message.operation()));
  }
  const bool is_operation =
      answer.kind != EventKind::kHeartbeat && answer.kind != EventKind::kBlock;
  if (is_operation != answer.operation.has_value() || is_operation != (answer.index != 0)) {
    return fail(ErrorCode::kMalformed, "the node's event: its parts do not fit its kind");
  }
  return answer;
}

v1::WatchRequest to_request(const EventQuery& query) {
  v1::WatchRequest request;
  if (query.cursor) {
    request.set_cursor(to_string(query.cursor->encode()));
  } else {
    request.set_from_height(query.from.value);
  }
  if (query.patient) request.set_patient(to_string(*query.patient));
  for (const EventKind kind : query.kinds) request.add_kinds(static_cast<v1::EventKind>(kind));
  request.set_request(to_string(query.request));
  request.set_authorisation(to_string(query.authorisation));
  if (query.access) request.set_access_tx_id(to_string(*query.access));
  request.set_with_headers(query.with_headers);
  request.set_headers_only(query.headers_only);
  return request;
}

}  // namespace

std::string name(EventKind kind) {
  for (const KindName& row : kKindNames) {
    if (row.kind == kind) return row.name;
  }
  return "?";
}

std::optional<EventKind> parse_event_kind(const std::string& text) {
  for (const KindName& row : kKindNames) {
    if (row.kind != EventKind::kHeartbeat && row.name == text) return row.kind;
  }
  return std::nullopt;
}

std::string event_kind_names() {
  std::string names;
  for (const KindName& row : kKindNames) {
    if (row.kind == EventKind::kHeartbeat) continue;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

/// One operation at a time on a queue of its own: nothing else completes there.
class EventStream::Call {
 public:
  Call(NodeApi& node, const EventQuery& query)
      : stub_(node.channel()),
        reader_(stub_.PrepareAsyncWatch(&context_, to_request(query), &queue_)) {}

  ~Call() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  Result<EventAnswer> next(Deadline deadline) {
    if (!started_) {
      started_ = true;
      reader_->StartCall(this);
      if (!completes(deadline)) return silent();
    }
    reader_->Read(&message_, this);
    const auto read = completes(deadline);
    if (!read) return silent();
    if (*read) return read_event(message_);
    reader_->Finish(&status_, this);
    if (!completes(deadline)) return silent();
    if (status_.ok()) return fail(ErrorCode::kUnavailable, "the node has ended the event stream");
    return tl::unexpected(to_error(status_, context_));
  }

 private:
  /// Whether the operation under way succeeded; nullopt when it did not end in time.
  std::optional<bool> completes(Deadline deadline) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT)
      return std::nullopt;
    return ok;
  }

  static tl::unexpected<Error> silent() {
    return fail(ErrorCode::kDeadlineExceeded, "the node sends neither events nor heartbeats");
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  v1::Ledger::Stub stub_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchEvent>> reader_;
  v1::WatchEvent message_;  // outlive what is under way
  grpc::Status status_;
  bool started_ = false;
};

EventStream::EventStream(NodeApi& node, const EventQuery& query)
    : call_(std::make_unique<Call>(node, query)) {}

EventStream::~EventStream() = default;

Result<EventAnswer> EventStream::next(Deadline deadline) {
  return call_->next(deadline);
}

}  // namespace galen::client
