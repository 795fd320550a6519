#include "payload/key_envelope.h"
#include "rpc/payload_calls.h"
#include "rpc/release_gate.h"
#include "rpc/status_mapping.h"
#include "rpc/wire.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace galen::rpc {
namespace {

/// One release: gate, key, chunks; no gRPC inside.
class Download {
 public:
  explicit Download(DeskPtr desk) : desk_(std::move(desk)) {}

  Status open(const Caller& caller, const v1::GetPayloadRequest& request) {
    GALEN_TRY(const ReleaseRequest asked, decode(request));
    GALEN_TRY(release_, open_release_gate(desk_->backend, caller, asked));
    // From here on the caller is permitted, and may learn what is wrong with the object.
    Backend& backend = desk_->backend;
    GALEN_TRY(reader_, backend.objects().read(release_.address, request.first_chunk()));
    const payload::ObjectName name{backend.chain(), release_.decision.record, release_.address};
    GALEN_TRY(const auto envelope, custodian_envelope(name));
    const payload::ReleaseTarget target{
        release_.request.recipient_key, asked.transaction, asked.operation};
    GALEN_TRY(box_,
              payload::rewrap(name, reader_->header(), envelope, backend.agreement_key(), target));
    return {};
  }

  void fill_header(v1::GetPayloadResponse& response) const {
    v1::GetPayloadHeader* header = response.mutable_header();
    header->set_object_header(wire(reader_->header().encode()));
    header->set_address(wire(release_.address));
    header->set_enc(wire(box_.enc));
    header->set_wrapped_key(wire(box_.ciphertext));
    for (const auto& obligation : release_.decision.obligations) header->add_obligations(obligation);
  }

  [[nodiscard]] bool done() const { return reader_->done(); }

  /// Asks the gate again, then reads. REQUIRES: !done().
  Status next(v1::GetPayloadResponse& response) {
    GALEN_TRY_STATUS(recheck_release(desk_->backend, release_));
    GALEN_TRY(const Bytes chunk, reader_->next());
    response.set_chunk(wire(chunk));
    return {};
  }

 private:
  /// A destroyed key looks like any other record that is not there (PRIVACY.md 28).
  [[nodiscard]] Result<payload::KeyEnvelope> custodian_envelope(const payload::ObjectName& name) {
    auto envelope = desk_->backend.objects().envelope(
        name, release_.request.patient, payload::WrapUse::kCustodian);
    if (!envelope && envelope.error().code == ErrorCode::kNotFound) return not_found();
    return envelope;
  }

  static Result<ReleaseRequest> decode(const v1::GetPayloadRequest& request) {
    ReleaseRequest asked;
    GALEN_TRY(asked.transaction, fixed_field<TxId>(request.tx_id(), "tx_id"));
    GALEN_TRY(asked.record, fixed_field<RecordId>(request.record(), "record"));
    if (request.operation() > std::numeric_limits<std::uint16_t>::max()) {
      return fail(ErrorCode::kInvalidArgument, "operation: out of range");
    }
    asked.operation = static_cast<std::uint16_t>(request.operation());
    return asked;
  }

  const DeskPtr desk_;
  Release release_;
  std::unique_ptr<payload::ObjectReader> reader_;
  crypto::SealedBox box_;
};

/// Deletes itself in OnDone. One write at a time: a slow reader holds one chunk, no more.
class GetCall final : public grpc::ServerWriteReactor<v1::GetPayloadResponse> {
 public:
  GetCall(DeskPtr desk, grpc::CallbackServerContext* context, const v1::GetPayloadRequest& request)
      : desk_(std::move(desk)), context_(context), arrived_(Clock::now()), download_(desk_) {
    const std::lock_guard lock(mutex_);
    const Status opened = open(request);
    if (!opened) {
      refuse_locked(opened.error());
      return;
    }
    download_.fill_header(response_);
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (!ok) {
      finish_locked(grpc::Status::CANCELLED);
      return;
    }
    if (download_.done()) {
      finish_locked(grpc::Status::OK);
      return;
    }
    const Status read = next();
    if (!read) {
      finish_locked(to_status(read.error(), *context_));
      return;
    }
    StartWrite(&response_);
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    // A write or the alarm still out finishes the call; otherwise nobody would.
    if (slot_set_) slot_.Cancel();
  }

  void OnDone() override {
    { const std::lock_guard lock(mutex_); }
    delete this;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Status open(const v1::GetPayloadRequest& request) {
    if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
    GALEN_TRY(identity_, desk_->callers.certificate(*context_->auth_context()));
    GALEN_TRY(const Caller caller, desk_->callers.identify(identity_));
    place_ = desk_->streams->take(caller.organisation);
    if (!place_) return fail(ErrorCode::kResourceExhausted, "too many open streams; close some");
    if (desk_->denials.exceeded(caller.organisation, arrived_)) {
      return fail(ErrorCode::kResourceExhausted, "too many requests that found nothing; slow down");
    }
    const Status opened = download_.open(caller, request);
    if (!opened && opened.error().code == ErrorCode::kNotFound) {
      desk_->denials.count(caller.organisation, arrived_);
    }
    return opened;
  }

  /// The caller may have been suspended, and the node may have begun to stop.
  Status next() {
    if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
    GALEN_TRY_STATUS(desk_->callers.identify(identity_));
    response_.Clear();
    return download_.next(response_);
  }

  /// Whatever was looked at, the answer leaves at the next slot after the call came.
  void refuse_locked(const Error& error) {
    const grpc::Status status = to_status(error, *context_);
    const auto taken = Clock::now() - arrived_;
    const auto slots = taken / kRefusalSlot + 1;
    slot_set_ = true;
    slot_.Set(std::chrono::system_clock::now() + (slots * kRefusalSlot - taken),
              [this, status](bool /*expired*/) {
                const std::lock_guard lock(mutex_);
                slot_set_ = false;
                finish_locked(cancelled_ ? grpc::Status::CANCELLED : status);
              });
  }

  void finish_locked(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }

  const DeskPtr desk_;
  grpc::CallbackServerContext* const context_;
  const Clock::time_point arrived_;
  std::mutex mutex_;
  net::PeerIdentity identity_;
  Quota::Place place_;
  Download download_;
  v1::GetPayloadResponse response_;
  grpc::Alarm slot_;
  bool slot_set_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::GetPayloadResponse>* release_payload(
    const DeskPtr& desk,
    grpc::CallbackServerContext* context,
    const v1::GetPayloadRequest& request) {
  return new GetCall(desk, context, request);
}

}  // namespace galen::rpc
