// Result<T>: a value or an Error with a closed code and one sentence that says what and where.
// Expected failures only; programmer errors are CHECKs. Thread rule: values, no shared state.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace galen {

/// The closed list of failure classes. Stable: the numbers appear in the API (docs/api.md).
enum class ErrorCode : std::uint8_t {
  kInvalidArgument = 1,     ///< malformed or out-of-range input
  kMalformed = 2,           ///< bytes that do not decode canonically
  kTooLarge = 3,            ///< a size or count above its limit
  kNotFound = 4,            ///< no such thing (or not for you: both look the same)
  kAlreadyExists = 5,       ///< duplicates something known
  kUnauthenticated = 6,     ///< signature, key or certificate does not verify
  kPermissionDenied = 7,    ///< known caller, not allowed
  kFailedPrecondition = 8,  ///< the state does not allow it now
  kResourceExhausted = 9,   ///< a bounded queue or quota is full; retry later
  kUnavailable = 10,        ///< not reachable, stale or shutting down; retry
  kDeadlineExceeded = 11,   ///< no answer in time
  kExpired = 12,            ///< valid_until or a window has passed
  kCorrupt = 13,            ///< stored data does not match its hash or checksum
  kIo = 14,                 ///< the operating system refused
  kWrongChain = 15,         ///< another chain id
  kConfig = 16,             ///< configuration file or flag
  kInternal = 17,           ///< a bug on our side
};

/// The code's stable name, e.g. "not-found".
[[nodiscard]] std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;

  Result(Base base) : Base(std::move(base)) {}  // NOLINT(google-explicit-constructor)
};

using Status = Result<void>;

/// `return fail(ErrorCode::kMalformed, "block header: 3 trailing bytes");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Passes an error on with a prefix that says where: `return fail_in("genesis", r.error());`
[[nodiscard]] inline tl::unexpected<Error> fail_in(std::string_view where, Error error) {
  error.message.insert(0, std::string(where) + ": ");
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace galen

#define GALEN_CONCAT_(a, b) a##b
#define GALEN_CONCAT(a, b) GALEN_CONCAT_(a, b)

/// `GALEN_TRY(auto header, decode_header(bytes));` returns the error to the caller on failure.
#define GALEN_TRY(declaration, expression) \
  GALEN_TRY_(GALEN_CONCAT(galen_try_, __COUNTER__), declaration, expression)
#define GALEN_TRY_(temporary, declaration, expression)                   \
  auto temporary = (expression);                                         \
  if (!temporary) return ::tl::unexpected(std::move(temporary).error()); \
  declaration = *std::move(temporary)

/// `GALEN_TRY_STATUS(check(x));` for a Status.
#define GALEN_TRY_STATUS(expression)                                                     \
  do {                                                                                   \
    auto galen_try_status = (expression);                                                \
    if (!galen_try_status) return ::tl::unexpected(std::move(galen_try_status).error()); \
  } while (false)
