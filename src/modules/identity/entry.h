// Reading and writing state values: every value is canonical bytes that begin with a u16 version,
// and is blinded with the salt of the operation that writes it (PRIVACY.md 10). Thread rule: as the
// state's.
#pragma once

#include "base/check.h"
#include "base/limits.h"
#include "codec/codec.h"
#include "execution/executor.h"
#include "ledger/codes.h"
#include "ledger/operation.h"

#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace galen::identity {

/// The encoding version of every state value of modules/. FROZEN.
inline constexpr std::uint16_t kEntryVersion = 1;

/// Writes a value under the salt of the operation being executed.
void put_entry(const execution::OperationContext& context,
               execution::StateOverlay& state,
               const ledger::StateKey& key,
               Bytes value);

/// The decoded value of `key`, or nullopt when there is none. Stops the process on a value that
/// does not decode: state comes from execution only (DUR-5).
template <class Entry>
[[nodiscard]] std::optional<Entry> load_entry(const execution::StateReader& state,
                                              const ledger::StateKey& key) {
  const auto bytes = state.get(key);
  if (!bytes) return std::nullopt;
  auto entry = Entry::decode(*bytes);
  CHECK(entry.has_value(), "a state value that does not decode");
  return *std::move(entry);
}

/// Every entry of one kind in a subject's clinical tree, by id.
template <class Id, class Entry>
[[nodiscard]] std::map<Id, Entry> list_entries(const execution::StateReader& state,
                                               const PatientId& subject,
                                               ledger::KeyKind kind) {
  std::map<Id, Entry> entries;
  const ledger::TreeId tree{ledger::TreeKind::kClinical, subject};
  state.scan(tree, kind, [&entries](BytesView id, BytesView value) {
    auto entry = Entry::decode(value);
    CHECK(entry.has_value(), "a state value that does not decode");
    entries.emplace(Id::from(id), *std::move(entry));
    return true;
  });
  return entries;
}

/// The last field of a value: an operation of this type, in its canonical encoding. kMalformed,
/// kTooLarge.
template <class Operation>
[[nodiscard]] Result<Operation> read_operation(codec::Reader& reader) {
  const BytesView encoded = reader.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(reader.finish());
  GALEN_TRY(auto operation, ledger::decode_operation(encoded));
  auto* value = std::get_if<Operation>(&operation);
  if (value == nullptr) return fail(ErrorCode::kMalformed, "an entry of another operation");
  return std::move(*value);
}

/// Fails the reader unless the version stands here.
void read_entry_version(codec::Reader& reader);
/// True for `newer`, false for kEntryVersion; fails the reader for any other.
[[nodiscard]] bool read_entry_version(codec::Reader& reader, std::uint16_t newer);

/// An enumerator listed in ledger/codes.h.
template <class E>
[[nodiscard]] E read_code(codec::Reader& reader) {
  return reader.enumeration<E>([](E value) { return ledger::is_valid(value); });
}

}  // namespace galen::identity
