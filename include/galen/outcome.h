// Outcome<T>: what a call of the client library gives: a value, or a Failure that says in one line
// what went wrong, where, and what to do. Thread rule: values.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace galen::client {

/// Classes of failures. The numbers are the exit codes of `galen` (docs/cli.md). Stable.
enum class FailureKind : int {
  kGeneral = 1,      ///< none of the others, e.g. a file that cannot be read
  kUsage = 2,        ///< an argument that cannot be right
  kConfig = 3,       ///< profile, keys, certificates, genesis file
  kNotFound = 4,     ///< no such thing, or not permitted: both look the same
  kRejected = 5,     ///< the ledger refused the transaction
  kUnavailable = 6,  ///< no node answered in time
  kProof = 7,        ///< a proof, address or signature does not verify
};

/// One line: `what: where: remedy`.
struct Failure {
  FailureKind kind = FailureKind::kGeneral;
  std::string what;
  std::string where;
  std::string remedy;

  [[nodiscard]] std::string line() const {
    std::string text = what;
    if (!where.empty()) text += ": " + where;
    if (!remedy.empty()) text += ": " + remedy;
    return text;
  }
};

/// A T or a Failure. `value`, `*` and `->` need ok(); `failure` needs !ok(): undefined otherwise.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  Outcome(Failure failure) : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return value_.has_value(); }

  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() { return *value_; }

  [[nodiscard]] const T& value() const { return *value_; }

  [[nodiscard]] T& operator*() { return *value_; }

  [[nodiscard]] const T& operator*() const { return *value_; }

  [[nodiscard]] T* operator->() { return &*value_; }

  [[nodiscard]] const T* operator->() const { return &*value_; }

  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  std::optional<T> value_;
  Failure failure_;
};

}  // namespace galen::client
