#include "payload/key_envelope.h"
#include "rpc/payload_calls.h"
#include "rpc/release_call.h"
#include "rpc/release_gate.h"
#include "rpc/wire.h"

#include <limits>
#include <memory>
#include <utility>

namespace galen::rpc {
namespace {

/// One release: gate, key, chunks; no gRPC inside.
class Download {
 public:
  explicit Download(DeskPtr desk) : desk_(std::move(desk)) {}

  static ReleaseBounds& bounds(Desk& desk) { return desk.accesses; }

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

}  // namespace

grpc::ServerWriteReactor<v1::GetPayloadResponse>* release_payload(
    const DeskPtr& desk,
    grpc::CallbackServerContext* context,
    const v1::GetPayloadRequest& request) {
  return new ReleaseCall<Download, v1::GetPayloadRequest>(desk, context, request);
}

}  // namespace galen::rpc
