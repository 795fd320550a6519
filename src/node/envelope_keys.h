// Payload envelopes under the clinical data keys of the node's database (PRIVACY.md 14).
// Thread rule: any thread.
#pragma once

#include "payload/envelope_sealer.h"
#include "storage/database.h"

namespace galen::node {

class EnvelopeKeys final : public payload::EnvelopeSealer {
 public:
  /// `database` outlives it.
  explicit EnvelopeKeys(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<Bytes> seal(const PatientId& subject,
                                   BytesView context,
                                   BytesView plaintext) override {
    return database_.seal(subject, storage::Compartment::kClinical, context, plaintext);
  }

  [[nodiscard]] Result<Bytes> unseal(const PatientId& subject,
                                     BytesView context,
                                     BytesView sealed) const override {
    return database_.unseal(subject, storage::Compartment::kClinical, context, sealed);
  }

  [[nodiscard]] Result<Bytes> seal_named(const PatientId& subject,
                                         BytesView context,
                                         BytesView plaintext) override {
    return database_.seal_named(subject, storage::Compartment::kClinical, context, plaintext);
  }

  [[nodiscard]] Result<Bytes> unseal_named(BytesView context, BytesView sealed) const override {
    return database_.unseal_named(context, sealed);
  }

 private:
  storage::Database& database_;
};

}  // namespace galen::node
