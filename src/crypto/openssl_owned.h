// Ownership of OpenSSL objects and of its per-thread error queue, for the .cpp files of this folder
// only; names no OpenSSL header, so each file includes what it uses. Thread rule: values.
#pragma once

#include <memory>

namespace galen::crypto {

/// Deleter that calls `Free`: `std::unique_ptr<BIO, Freed<BIO_free_all>>`.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// Drops the errors OpenSSL queues between construction and destruction: left-over entries would
/// be taken by the TLS stack of the same thread for its own.
class ErrorScope {
 public:
  ErrorScope();
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

}  // namespace galen::crypto
