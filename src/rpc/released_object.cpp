#include "rpc/released_object.h"

#include "rpc/wire.h"

namespace galen::rpc {

Result<ReleasedObject> ReleasedObject::open(Backend& backend,
                                            const payload::ObjectName& name,
                                            const PatientId& patient,
                                            const payload::ReleaseTarget& target,
                                            std::uint64_t first_chunk) {
  ReleasedObject object;
  object.address_ = name.address;
  GALEN_TRY(object.reader_, backend.objects().read(name.address, first_chunk));
  const auto envelope = backend.objects().envelope(name, patient, payload::WrapUse::kCustodian);
  if (!envelope && envelope.error().code == ErrorCode::kNotFound) return not_found();
  if (!envelope) return tl::unexpected(envelope.error());
  const crypto::PrivateKey* key = backend.agreement_key(envelope->holder_key);
  if (key == nullptr) {
    return fail(
        ErrorCode::kFailedPrecondition,
        "payload: this node does not have the agreement key that the record was stored under");
  }
  GALEN_TRY(object.box_, payload::rewrap(name, object.reader_->header(), *envelope, *key, target));
  return object;
}

void ReleasedObject::fill_header(const std::vector<std::string>& obligations,
                                 v1::GetPayloadHeader& header) const {
  header.set_object_header(wire(reader_->header().encode()));
  header.set_address(wire(address_));
  header.set_enc(wire(box_.enc));
  header.set_wrapped_key(wire(box_.ciphertext));
  for (const auto& obligation : obligations) header.add_obligations(obligation);
}

Status ReleasedObject::next(v1::GetPayloadResponse& response) {
  GALEN_TRY(const Bytes chunk, reader_->next());
  response.set_chunk(wire(chunk));
  return {};
}

}  // namespace galen::rpc
