// A light client's view of the chain: certified headers, each linked to the one before, from the
// genesis document on. The bodies are never needed. The stored form of a head is FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/fail_stop.h"
#include "ledger/genesis.h"

#include <optional>

namespace galen::ledger {

/// A header with the certificate that makes it final.
struct CertifiedHeader {
  BlockHeader header;
  Certificate certificate;
  friend bool operator==(const CertifiedHeader&, const CertifiedHeader&) = default;

  /// `"light-head" || u16 version || header || certificate`.
  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<CertifiedHeader> decode(BytesView bytes);
};

class HeaderChain {
 public:
  /// Trusts genesis alone. REQUIRES: validate(genesis) succeeded.
  explicit HeaderChain(const Genesis& genesis);

  /// Trusts a head that was accepted before: its certificate is checked again. Errors as check().
  [[nodiscard]] Status resume(const CertifiedHeader& head);

  /// The header stands on its own: chain, version, epoch, validators, certificate. kWrongChain,
  /// kUnauthenticated with the step that failed; kFailedPrecondition when the consortium has
  /// changed its validators, which this version cannot follow.
  [[nodiscard]] Status check(const CertifiedHeader& next) const;

  /// check(), and it continues the head: height, parent, time after the parent's. kUnauthenticated;
  /// then conflict() tells whether the two contradict each other.
  [[nodiscard]] Status accept(const CertifiedHeader& next);

  /// Two certified histories: `other` passes check() and cannot stand beside the head. What a fork
  /// leaves behind as evidence; nullopt when there is no contradiction.
  [[nodiscard]] std::optional<FailStopBundle> conflict(const CertifiedHeader& other) const;

  [[nodiscard]] const std::optional<CertifiedHeader>& head() const { return head_; }

  /// 0 at genesis.
  [[nodiscard]] Height height() const;
  [[nodiscard]] BlockHash hash() const;

 private:
  [[nodiscard]] TimeMs time() const;

  ChainId chain_;
  TimeMs genesis_time_;
  ValidatorSet set_;
  Digest set_hash_;
  std::optional<CertifiedHeader> head_;
};

}  // namespace galen::ledger
