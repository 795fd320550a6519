// A holder's signed statement that it stores an object (ARCHITECTURE.md 6). FROZEN
// (docs/formats.md "Payload objects and envelopes"). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <cstdint>
#include <functional>

namespace galen::payload {

inline constexpr std::uint16_t kStorageReceiptVersion = 1;

struct StorageReceipt {
  RecordId record;
  PayloadAddress address;
  std::uint64_t size = 0;  ///< plaintext bytes
  TimeMs time;             ///< when the object was durable
  AccountId node;          ///< organisation that runs the node
  Signature signature;     ///< over storage_statement
  friend bool operator==(const StorageReceipt&, const StorageReceipt&) = default;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<StorageReceipt> decode(BytesView bytes);
};

/// Bytes the node signs: tag "stored" || u16 version || chain || record || address || u64 size ||
/// u64 time || node.
[[nodiscard]] Bytes storage_statement(const ChainId& chain, const StorageReceipt& receipt);

using SignStatement = std::function<Signature(BytesView)>;

/// `receipt` with its signature filled in by `sign`.
[[nodiscard]] StorageReceipt sign_receipt(const ChainId& chain,
                                          StorageReceipt receipt,
                                          const SignStatement& sign);

/// True when `key` signed the receipt for this chain.
[[nodiscard]] bool verify_receipt(const ChainId& chain,
                                  const StorageReceipt& receipt,
                                  const PublicKey& key);

}  // namespace galen::payload
