// The object of a permitted release, on its way out: the record's key wrapped for the requester,
// then ciphertext chunk by chunk. For committed accesses and for emergencies. Thread rule: one
// thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "payload/key_envelope.h"
#include "payload/object_store.h"
#include "rpc/backend.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace galen::rpc {

class ReleasedObject {
 public:
  /// Its caller is permitted, and may learn what is wrong with the object. But a destroyed key
  /// looks like any other record that is not there (PRIVACY.md 28): kNotFound "not found".
  [[nodiscard]] static Result<ReleasedObject> open(Backend& backend,
                                                   const payload::ObjectName& name,
                                                   const PatientId& patient,
                                                   const payload::ReleaseTarget& target,
                                                   std::uint64_t first_chunk);

  void fill_header(const std::vector<std::string>& obligations, v1::GetPayloadHeader& header) const;

  [[nodiscard]] bool done() const { return reader_->done(); }

  /// REQUIRES: !done(). Errors of the store.
  [[nodiscard]] Status next(v1::GetPayloadResponse& response);

 private:
  PayloadAddress address_;
  std::unique_ptr<payload::ObjectReader> reader_;
  crypto::SealedBox box_;
};

}  // namespace galen::rpc
