#include "base/limits.h"
#include "execution/executor.h"
#include "modules/identity/people.h"
#include "payload/key_envelope.h"
#include "payload/storage_receipt.h"
#include "rpc/cancel_when_refused.h"
#include "rpc/payload_calls.h"
#include "rpc/status_mapping.h"
#include "rpc/wire.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace galen::rpc {
namespace {

constexpr int kMaxEnvelopes = 8;
constexpr std::size_t kMaxEnvelopeBytes = 1024;

/// The checks and the writing of one upload; no gRPC inside.
class Upload {
 public:
  explicit Upload(DeskPtr desk) : desk_(std::move(desk)) {}

  Status accept(const v1::PutRequest& request) {
    switch (request.part_case()) {
      case v1::PutRequest::kHeader:
        if (writer_) return fail(ErrorCode::kInvalidArgument, "payload: a second header");
        return begin(request.header());
      case v1::PutRequest::kChunk:
        if (!writer_)
          return fail(ErrorCode::kInvalidArgument, "payload: a chunk before the header");
        return writer_->write(as_bytes(request.chunk()));
      case v1::PutRequest::PART_NOT_SET: break;
    }
    return fail(ErrorCode::kInvalidArgument, "payload: neither header nor chunk");
  }

  /// Durable on success; the signed storage receipt.
  Result<Bytes> finish() {
    if (!writer_) return fail(ErrorCode::kInvalidArgument, "payload: no header");
    Backend& backend = desk_->backend;
    // Never before what the chain knows: a clock that is behind must not make it look old.
    const TimeMs head = backend.ledger().snapshot()->head().header.time;
    GALEN_TRY_STATUS(writer_->finish(std::max(backend.now(), head)));
    payload::StorageReceipt receipt;
    receipt.record = record_;
    receipt.address = address_;
    receipt.size = size_;
    receipt.time = backend.now();
    receipt.node = backend.organisation();
    const auto sign = [&backend](BytesView statement) { return backend.sign_receipt(statement); };
    return payload::sign_receipt(backend.chain(), std::move(receipt), sign).encode();
  }

 private:
  Status begin(const v1::PutHeader& header) {
    GALEN_TRY(record_, fixed_field<RecordId>(header.record(), "record"));
    GALEN_TRY(address_, fixed_field<PayloadAddress>(header.address(), "address"));
    GALEN_TRY(const auto patient, fixed_field<PatientId>(header.patient(), "patient"));
    GALEN_TRY_STATUS(check_patient(patient));
    GALEN_TRY(const auto object, crypto::ObjectHeader::decode(as_bytes(header.object_header())));
    if (header.envelopes_size() > kMaxEnvelopes) {
      return fail(ErrorCode::kTooLarge, "payload: more than 8 envelopes");
    }
    std::vector<payload::KeyEnvelope> envelopes;
    for (const std::string& bytes : header.envelopes()) {
      if (bytes.size() > kMaxEnvelopeBytes) {
        return fail(ErrorCode::kTooLarge, "payload: an envelope above 1024 bytes");
      }
      GALEN_TRY(auto envelope, payload::KeyEnvelope::decode(as_bytes(bytes)));
      GALEN_TRY_STATUS(check_custodian_key(envelope));
      envelopes.push_back(std::move(envelope));
    }
    const payload::ObjectName name{desk_->backend.chain(), record_, address_};
    GALEN_TRY(writer_, desk_->backend.objects().begin(name, patient, object, std::move(envelopes)));
    size_ = object.plaintext_size;
    return {};
  }

  /// The key registered now, so that no retired one is used by whom an old state was shown; and one
  /// that this node has: later than now nobody would be told.
  [[nodiscard]] Status check_custodian_key(const payload::KeyEnvelope& envelope) const {
    if (envelope.use != payload::WrapUse::kCustodian) return {};
    const Backend& backend = desk_->backend;
    if (backend.agreement_key(envelope.holder_key) == nullptr) {
      return fail(ErrorCode::kFailedPrecondition,
                  "payload: an envelope for an agreement key that this node does not have");
    }
    const auto own =
        execution::OrganisationEntry::load(*backend.ledger().snapshot(), backend.organisation());
    if (own && envelope.holder_key == payload::agreement_key_id(own->agreement_key)) return {};
    return fail(ErrorCode::kFailedPrecondition,
                "payload: an envelope for an agreement key that is not the registered one");
  }

  /// Envelopes are kept under the key of a patient whose custodian this is.
  [[nodiscard]] Status check_patient(const PatientId& patient) const {
    const auto snapshot = desk_->backend.ledger().snapshot();
    const auto entry = identity::PatientEntry::load(*snapshot, patient);
    if (entry && entry->custodian == desk_->backend.organisation()) return {};
    return fail(ErrorCode::kNotFound, "payload: this organisation has no such patient");
  }

  const DeskPtr desk_;
  RecordId record_;
  PayloadAddress address_;
  std::uint64_t size_ = 0;
  std::unique_ptr<payload::ObjectWriter> writer_;
};

/// Deletes itself in OnDone. Reads one message at a time: the client waits for the disk.
class PutCall final : public grpc::ServerReadReactor<v1::PutRequest> {
 public:
  PutCall(DeskPtr desk, grpc::CallbackServerContext* context, v1::PutResponse* response)
      : desk_(std::move(desk)), context_(context), response_(response), upload_(desk_) {
    // The lock orders set-up before reactions on other threads.
    const std::lock_guard lock(mutex_);
    const Status admitted = admit();
    if (!admitted) {
      finish_locked(to_status(admitted.error(), *context_));
      return;
    }
    guard_.watch(desk_, identity_, *context_);
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (!ok) {
      complete_locked();
      return;
    }
    const Status accepted = accept();
    if (!accepted) {
      finish_locked(to_status(accepted.error(), *context_));
      return;
    }
    StartRead(&request_);
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    finish_locked(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    { const std::lock_guard lock(mutex_); }
    delete this;
  }

 private:
  Status admit() {
    if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
    GALEN_TRY(identity_, desk_->callers.certificate(*context_->auth_context()));
    GALEN_TRY(const Caller caller, desk_->callers.identify(identity_));
    if (caller.organisation != desk_->backend.organisation()) {
      return fail(ErrorCode::kPermissionDenied,
                  "payloads are stored at the node of their own organisation only");
    }
    place_ = desk_->streams->take(caller.organisation);
    if (!place_) return fail(ErrorCode::kResourceExhausted, "too many open streams; close some");
    return {};
  }

  /// The caller may have been suspended since the last message.
  Status accept() {
    GALEN_TRY_STATUS(desk_->callers.identify(identity_));
    return upload_.accept(request_);
  }

  void complete_locked() {
    if (context_->IsCancelled()) {
      finish_locked(grpc::Status::CANCELLED);
      return;
    }
    auto receipt = upload_.finish();
    if (!receipt) {
      finish_locked(to_status(receipt.error(), *context_));
      return;
    }
    response_->set_storage_receipt(wire(*receipt));
    finish_locked(grpc::Status::OK);
  }

  void finish_locked(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }

  const DeskPtr desk_;
  grpc::CallbackServerContext* const context_;
  v1::PutResponse* const response_;
  std::mutex mutex_;
  net::PeerIdentity identity_;
  Upload upload_;
  Quota::Place place_;
  v1::PutRequest request_;
  bool finished_ = false;
  CancelWhenRefused guard_;
};

}  // namespace

grpc::ServerReadReactor<v1::PutRequest>* receive_payload(const DeskPtr& desk,
                                                         grpc::CallbackServerContext* context,
                                                         v1::PutResponse* response) {
  return new PutCall(desk, context, response);
}

}  // namespace galen::rpc
