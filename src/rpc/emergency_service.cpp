#include "galen/v1/galen.grpc.pb.h"
#include "rpc/answer.h"
#include "rpc/emergency_gate.h"
#include "rpc/emergency_queries.h"
#include "rpc/release_call.h"
#include "rpc/released_object.h"
#include "rpc/services.h"
#include "rpc/wire.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

template <class T>
Result<T> operation_field(const std::string& bytes, const char* name) {
  auto operation = ledger::decode_operation(as_bytes(bytes));
  if (!operation) {
    return fail(ErrorCode::kInvalidArgument, std::string(name) + ": " + operation.error().message);
  }
  auto* value = std::get_if<T>(&*operation);
  if (value == nullptr) {
    return fail(ErrorCode::kInvalidArgument, std::string(name) + ": another operation");
  }
  return std::move(*value);
}

Result<ledger::Authorisation> authorisation_field(const std::string& bytes, const char* name) {
  auto authorisation = ledger::decode_authorisation(as_bytes(bytes));
  if (authorisation) return authorisation;
  return fail(ErrorCode::kInvalidArgument,
              std::string(name) + ": " + authorisation.error().message);
}

Result<EmergencyRequest> decode(const v1::GetEmergencyRequest& request) {
  EmergencyRequest asked;
  GALEN_TRY(const auto access, operation_field<ledger::LogAccess>(request.request(), "request"));
  asked.access = access.request;
  GALEN_TRY(asked.authorisation, authorisation_field(request.authorisation(), "authorisation"));
  GALEN_TRY(asked.declaration,
            operation_field<ledger::DeclareEmergency>(request.declaration(), "declaration"));
  GALEN_TRY(asked.declared_by, authorisation_field(request.declared_by(), "declared_by"));
  return asked;
}

/// One emergency release: gate, key, chunks; no gRPC inside.
class EmergencyDownload {
 public:
  static constexpr auto kSlot = kEmergencyRefusalSlot;

  explicit EmergencyDownload(DeskPtr desk) : desk_(std::move(desk)) {}

  static ReleaseBounds& bounds(Desk& desk) { return desk.emergencies; }

  Status open(const Caller& caller, const v1::GetEmergencyRequest& request) {
    GALEN_TRY(const EmergencyRequest asked, decode(request));
    Backend& backend = desk_->backend;
    GALEN_TRY(release_, open_emergency_gate(backend, caller, asked));
    const payload::ObjectName name{backend.chain(), asked.access.records.front(), release_.address};
    // The journal's entry stands where the committed access would.
    const payload::ReleaseTarget target{
        asked.access.recipient_key, id_cast<TxId>(release_.hash), payload::kEmergencyOperation};
    GALEN_TRY(
        object_,
        ReleasedObject::open(backend, name, asked.access.patient, target, request.first_chunk()));
    return {};
  }

  void fill_header(v1::GetPayloadResponse& response) const {
    v1::GetPayloadHeader* header = response.mutable_header();
    object_->fill_header(release_.obligations, *header);
    header->set_emergency_entry(wire(ledger::encode(ledger::Operation(release_.entry))));
    header->set_journal_receipt(wire(release_.receipt));
    header->set_index_entry(wire(release_.index_entry));
    header->set_index_proof(wire(release_.index_proof));
  }

  [[nodiscard]] bool done() const { return object_->done(); }

  /// Asks the gate again, then reads. REQUIRES: !done().
  Status next(v1::GetPayloadResponse& response) {
    GALEN_TRY_STATUS(recheck_emergency(desk_->backend, release_));
    return object_->next(response);
  }

 private:
  const DeskPtr desk_;
  EmergencyRelease release_;
  std::optional<ReleasedObject> object_;
};

class EmergencyService final : public v1::Emergency::CallbackService {
 public:
  explicit EmergencyService(DeskPtr desk) : desk_(std::move(desk)) {}

  grpc::ServerWriteReactor<v1::GetPayloadResponse>* Get(
      grpc::CallbackServerContext* context, const v1::GetEmergencyRequest* request) override {
    return new ReleaseCall<EmergencyDownload, v1::GetEmergencyRequest>(desk_, context, *request);
  }

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEmergencyEntriesRequest* request,
                                        v1::ListEmergencyEntriesResponse* response) override {
    return answer(desk_, context, &list_emergency_entries, request, response);
  }

  grpc::ServerUnaryReactor* ListDeclarations(grpc::CallbackServerContext* context,
                                             const v1::ListDeclarationsRequest* request,
                                             v1::ListDeclarationsResponse* response) override {
    return answer_evenly(desk_, context, &list_declarations, request, response);
  }

  grpc::ServerUnaryReactor* ListJournals(grpc::CallbackServerContext* context,
                                         const v1::ListJournalsRequest* request,
                                         v1::ListJournalsResponse* response) override {
    return answer(desk_, context, &list_journals, request, response);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_emergency_service(DeskPtr desk) {
  return std::make_unique<EmergencyService>(std::move(desk));
}

}  // namespace galen::rpc
