#include "client/emergency_files.h"

#include "base/hex.h"
#include "base/limits.h"
#include "client/key_file.h"
#include "codec/codec.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace galen::client {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kAuthorisationBytes = 256;
constexpr const char* kPending = ".declaration";
constexpr const char* kCommitted = ".declared";
constexpr const char* kReceipt = ".receipt";

template <class T>
Result<T> operation_of(BytesView bytes, const std::string& path) {
  auto operation = ledger::decode_operation(bytes);
  if (!operation) return fail(ErrorCode::kConfig, path + ": " + operation.error().message);
  auto* value = std::get_if<T>(&*operation);
  if (value == nullptr) return fail(ErrorCode::kConfig, path + ": holds something else");
  return std::move(*value);
}

Bytes encode(const KeptDeclaration& kept) {
  codec::Writer w;
  w.u16(kVersion).bytes(ledger::encode(ledger::Operation(kept.declaration)));
  w.bytes(ledger::encode(kept.authorisation));
  return std::move(w).take();
}

Result<KeptDeclaration> decode(const std::string& text, const std::string& path) {
  codec::Reader r(as_bytes(text), "declaration file");
  if (r.u16() != kVersion) r.fail_with("another version");
  const BytesView operation = r.bytes(limits::kMaxOperationBytes);
  const BytesView authorisation = r.bytes(kAuthorisationBytes);
  if (const Status read = r.finish(); !read) {
    return fail(ErrorCode::kConfig, path + ": " + read.error().message);
  }
  KeptDeclaration kept;
  GALEN_TRY(kept.declaration, operation_of<ledger::DeclareEmergency>(operation, path));
  GALEN_TRY(kept.authorisation, ledger::decode_authorisation(authorisation));
  return kept;
}

void remove_file(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace

std::string EmergencyFiles::path(const KeptDeclaration& kept, bool committed) const {
  return directory_ + "/" + to_hex(kept.declaration.declaration) +
         (committed ? kCommitted : kPending);
}

std::string EmergencyFiles::path(const ledger::AnchorJournalReceipt& receipt) const {
  return directory_ + "/" + to_hex(receipt.journal) + "-" + std::to_string(receipt.number) + "-" +
         to_hex(receipt.entry).substr(0, 16) + kReceipt;
}

std::vector<std::string> EmergencyFiles::files(const char* ending) const {
  std::vector<std::string> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, missing)) {
    if (entry.path().extension() == ending) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Status EmergencyFiles::keep(const KeptDeclaration& declaration) const {
  GALEN_TRY_STATUS(ensure_private_directory(directory_));
  return create_private_file(path(declaration, false), to_string(encode(declaration)));
}

Status EmergencyFiles::keep(const ledger::AnchorJournalReceipt& receipt) const {
  GALEN_TRY_STATUS(ensure_private_directory(directory_));
  const Bytes bytes = ledger::encode(ledger::Operation(receipt));
  return create_private_file(path(receipt), to_string(bytes));
}

Result<std::vector<KeptDeclaration>> EmergencyFiles::declarations() const {
  std::vector<KeptDeclaration> list;
  for (const bool committed : {false, true}) {
    for (const std::string& file : files(committed ? kCommitted : kPending)) {
      GALEN_TRY(const std::string text, read_secret_file(file));
      GALEN_TRY(KeptDeclaration kept, decode(text, file));
      kept.committed = committed;
      list.push_back(std::move(kept));
    }
  }
  return list;
}

Result<std::vector<ledger::AnchorJournalReceipt>> EmergencyFiles::receipts() const {
  std::vector<ledger::AnchorJournalReceipt> list;
  for (const std::string& file : files(kReceipt)) {
    GALEN_TRY(const std::string text, read_secret_file(file));
    GALEN_TRY(auto receipt, operation_of<ledger::AnchorJournalReceipt>(as_bytes(text), file));
    list.push_back(std::move(receipt));
  }
  return list;
}

Status EmergencyFiles::mark_committed(const KeptDeclaration& declaration) const {
  std::error_code error;
  std::filesystem::rename(path(declaration, false), path(declaration, true), error);
  if (!error) return {};
  return fail(ErrorCode::kIo, path(declaration, false) + ": " + error.message());
}

void EmergencyFiles::forget(const KeptDeclaration& declaration) const {
  remove_file(path(declaration, declaration.committed));
}

void EmergencyFiles::forget(const ledger::AnchorJournalReceipt& receipt) const {
  remove_file(path(receipt));
}

}  // namespace galen::client
