#include "rpc/payload_calls.h"
#include "rpc/release_call.h"
#include "rpc/release_gate.h"
#include "rpc/released_object.h"
#include "rpc/requester_signature.h"
#include "rpc/wire.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace galen::rpc {
namespace {

/// One release: gate, key, chunks; no gRPC inside.
class Download {
 public:
  static constexpr auto kSlot = kRefusalSlot;

  explicit Download(DeskPtr desk) : desk_(std::move(desk)) {}

  static ReleaseBounds& bounds(Desk& desk) { return desk.accesses; }

  Status open(const Caller& caller, const v1::GetPayloadRequest& request) {
    GALEN_TRY(const ReleaseRequest asked, decode(request));
    GALEN_TRY(release_, open_release_gate(desk_->backend, caller, asked));
    Backend& backend = desk_->backend;
    const payload::ObjectName name{backend.chain(), release_.decision.record, release_.address};
    const payload::ReleaseTarget target{
        release_.request.recipient_key, asked.access.transaction, asked.access.operation};
    GALEN_TRY(object_,
              ReleasedObject::open(
                  backend, name, release_.request.patient, target, request.first_chunk()));
    return require_fresh(backend);
  }

  void fill_header(v1::GetPayloadResponse& response) const {
    object_->fill_header(release_.obligations, *response.mutable_header());
  }

  [[nodiscard]] bool done() const { return object_->done(); }

  /// Asks the gate again, then reads; a disk that took its time must not outlast what the gate
  /// knew. REQUIRES: !done().
  Status next(v1::GetPayloadResponse& response) {
    GALEN_TRY_STATUS(recheck_release(desk_->backend, release_));
    GALEN_TRY_STATUS(object_->next(response));
    return require_fresh(desk_->backend);
  }

 private:
  static Result<ReleaseRequest> decode(const v1::GetPayloadRequest& request) {
    ReleaseRequest asked;
    GALEN_TRY(asked.access,
              operation_name(request.tx_id(), request.operation(), {"tx_id", "operation"}));
    GALEN_TRY(asked.record, fixed_field<RecordId>(request.record(), "record"));
    return asked;
  }

  const DeskPtr desk_;
  Release release_;
  std::optional<ReleasedObject> object_;
};

}  // namespace

grpc::ServerWriteReactor<v1::GetPayloadResponse>* release_payload(
    const DeskPtr& desk,
    grpc::CallbackServerContext* context,
    const v1::GetPayloadRequest& request) {
  return new ReleaseCall<Download, v1::GetPayloadRequest>(desk, context, request);
}

}  // namespace galen::rpc
