// Parts of the canonical encodings that several files of this folder share; not for other folders.
// Readers check the shape rules of docs/formats.md and record a failure in the Reader. FROZEN.
// Thread rule: functions of their arguments.
#pragma once

#include "codec/codec.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"
#include "ledger/state_key.h"
#include "ledger/transaction.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::ledger::fields {

/// 1..max printable ASCII characters without a space: labels, purposes, codes.
[[nodiscard]] bool is_code(std::string_view text, std::size_t max);
/// 1..limits::kMaxNameBytes of [a-z0-9-].
[[nodiscard]] bool is_name(std::string_view text);

std::string read_code(codec::Reader& reader, std::size_t max);
std::string read_name(codec::Reader& reader);
std::string read_region(codec::Reader& reader);
std::string read_mime_type(codec::Reader& reader);
ActionSet read_actions(codec::Reader& reader);
ClassSet read_classes(codec::Reader& reader);
Signature read_canonical_signature(codec::Reader& reader);
/// Sorted, unique codes.
std::vector<std::string> read_codes(codec::Reader& reader,
                                    std::size_t max_count,
                                    std::size_t max_bytes);
void write_texts(codec::Writer& writer, const std::vector<std::string>& texts);

template <class E>
E read_enumeration(codec::Reader& reader) {
  return reader.enumeration<E>([](E value) { return is_valid(value); });
}

/// A list in strictly ascending order; `what` names it in the failure.
template <class T, class ReadOne>
std::vector<T> read_sorted(codec::Reader& reader,
                           std::size_t max,
                           std::string_view what,
                           ReadOne&& read_one) {
  const std::size_t count = reader.count(max);
  std::vector<T> list;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    T item = read_one(reader);
    if (!list.empty() && !(list.back() < item)) {
      reader.fail_with(std::string(what) + " unsorted or twice the same");
    }
    list.push_back(std::move(item));
  }
  return list;
}

template <class T>
std::vector<T> read_sorted_ids(codec::Reader& reader, std::size_t max, std::string_view what) {
  return read_sorted<T>(reader, max, what, [](codec::Reader& r) { return r.fixed<T>(); });
}

template <class T>
void write_ids(codec::Writer& writer, const std::vector<T>& ids) {
  writer.count(ids.size());
  for (const T& id : ids) writer.raw(id);
}

/// Everything that `reader` has not read yet.
[[nodiscard]] BytesView rest_of(codec::Reader reader);
/// Takes `reader` to where `part` stopped, a reader of its rest under the name of a field. What
/// failed there has failed here, with that name.
void go_on(codec::Reader& reader, const codec::Reader& part);

/// What `read_one` makes of the next bytes. When it fails, the failure names the field: "labels: a
/// count of 17 above the limit of 16". For readers of their argument, as all in this header are.
template <class ReadOne>
auto read_field(codec::Reader& reader, std::string_view field, ReadOne&& read_one) {
  codec::Reader part(rest_of(reader), field);
  auto value = read_one(part);
  go_on(reader, part);
  return value;
}

template <class T, class ReadOne>
std::optional<T> read_optional(codec::Reader& reader, ReadOne&& read_one) {
  if (!reader.boolean()) return std::nullopt;
  return read_one(reader);
}

template <class T, class WriteOne>
void write_optional(codec::Writer& writer, const std::optional<T>& value, WriteOne&& write_one) {
  writer.boolean(value.has_value());
  if (value) write_one(writer, *value);
}

/// The value, if all bytes were read and no rule was broken.
template <class T>
Result<T> finish(const codec::Reader& reader, T value) {
  GALEN_TRY_STATUS(reader.finish());
  return value;
}

void write(codec::Writer& writer, const TransactionHeader& header);
TransactionHeader read_transaction_header(codec::Reader& reader);
void write(codec::Writer& writer, const Receipt& receipt);
Receipt read_receipt(codec::Reader& reader);
void write(codec::Writer& writer, const BlockHeader& header);
BlockHeader read_block_header(codec::Reader& reader);
void write(codec::Writer& writer, const Certificate& certificate);
Certificate read_certificate(codec::Reader& reader);
void write(codec::Writer& writer, const StateKey& key);
StateKey read_state_key(codec::Reader& reader);
void write(codec::Writer& writer, const TreePath& path);
TreePath read_tree_path(codec::Reader& reader);
void write(codec::Writer& writer, const Parameters& parameters);
Parameters read_parameters(codec::Reader& reader);

}  // namespace galen::ledger::fields
