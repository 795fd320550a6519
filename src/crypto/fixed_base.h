// ECDSA P-256 verification for a key that signs often: with precomputed multiples of its point, as
// OpenSSL keeps them for the generator, both products of a verification are look-ups and additions.
// Takes about half of ECDSA_do_verify (docs/performance.md); the table costs 150 KB and 30 ms once.
// Thread rule: immutable after construction, any thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"

#include <memory>
#include <span>
#include <vector>

namespace galen::crypto {

class FixedBase {
 public:
  /// nullptr unless the key is a compressed point on P-256.
  [[nodiscard]] static std::unique_ptr<const FixedBase> make(const PublicKey& key);

  ~FixedBase();
  FixedBase(const FixedBase&) = delete;
  FixedBase& operator=(const FixedBase&) = delete;

  struct Check {
    const FixedBase* table = nullptr;
    Digest digest;  ///< of the message
    Signature signature;
  };

  /// FIPS 186-5, 6.4.2, for each of them; the inversions modulo n, a third of the work, are made
  /// together. Everything in it is public: not constant time.
  /// \pre every r and s is in [1, n - 1] (`is_canonical`).
  [[nodiscard]] static std::vector<bool> verify_all(std::span<const Check> checks);
  [[nodiscard]] bool verify(const Digest& digest, const Signature& signature) const;

 private:
  struct Table;

  explicit FixedBase(std::unique_ptr<Table> table);

  std::unique_ptr<Table> table_;
};

}  // namespace galen::crypto
