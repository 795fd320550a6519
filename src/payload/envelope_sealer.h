// What the store needs to keep envelopes under the data key of their subject (PRIVACY.md 14): when
// that key is destroyed, no envelope of the subject opens again. Implemented by node/ over the
// database's keys, by tests in memory. Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"

namespace galen::payload {

class EnvelopeSealer {
 public:
  virtual ~EnvelopeSealer() = default;

  /// AEAD-seals under the subject's existing key and binds `context`. Never makes a key: a late
  /// upload must not bring an erased subject's key back. kNotFound when the subject has none, kIo.
  [[nodiscard]] virtual Result<Bytes> seal(const PatientId& subject,
                                           BytesView context,
                                           BytesView plaintext) = 0;

  /// kNotFound when the key was destroyed; kCorrupt when the bytes were not sealed like this; kIo.
  [[nodiscard]] virtual Result<Bytes> unseal(const PatientId& subject,
                                             BytesView context,
                                             BytesView sealed) const = 0;

  /// As seal(), for what is opened by who does not know of whom it is: the bytes name the key,
  /// which tells nobody who. Errors as seal().
  [[nodiscard]] virtual Result<Bytes> seal_named(const PatientId& subject,
                                                 BytesView context,
                                                 BytesView plaintext) = 0;
  /// As unseal(), but kNotFound only of a key that was destroyed; kFailedPrecondition when there is
  /// none and nobody knows why.
  [[nodiscard]] virtual Result<Bytes> unseal_named(BytesView context, BytesView sealed) const = 0;
};

}  // namespace galen::payload
