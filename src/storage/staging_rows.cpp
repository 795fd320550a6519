#include "storage/staging_rows.h"

#include "codec/codec.h"

#include <string_view>
#include <utility>

namespace galen::storage {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kMaxIdBytes = 64;

template <class T>
Result<T> finish(const Reader& r, T value) {
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  return value;
}

}  // namespace

Bytes redo_prefix() {
  return Bytes{'r'};
}

Bytes redo_prefix(std::size_t column) {
  return Bytes{'r', static_cast<std::uint8_t>(column)};
}

Bytes redo_key(std::size_t column, BytesView key) {
  Writer w(2 + key.size());
  w.raw(redo_prefix(column)).raw(key);
  return std::move(w).take();
}

Bytes redo_put(BytesView value) {
  Writer w(1 + value.size());
  w.u8(1).raw(value);
  return std::move(w).take();
}

Bytes redo_remove() {
  return Bytes{0};
}

Result<Redo> decode_redo(BytesView key, BytesView value) {
  Reader k(key, "redo key");
  if (k.u8() != 'r') k.fail_with("not a redo row");
  Redo redo;
  redo.column = k.u8();
  redo.key = to_bytes(k.rest());
  Reader v(value, "redo row");
  if (v.boolean()) redo.value = to_bytes(v.rest());
  if (const Status status = k.finish(); !status)
    return fail(ErrorCode::kCorrupt, status.error().message);
  return finish(v, std::move(redo));
}

Bytes staged_page_key(BytesView handle, const execution::PageId& at, const Digest& hash) {
  Writer w(32 + handle.size() + at.digits.size() + Digest::kSize);
  w.u8('n').bytes(handle).u8(static_cast<std::uint8_t>(at.digits.size())).raw(at.digits).raw(hash);
  return std::move(w).take();
}

Bytes staged_value_key(BytesView handle, const Digest& leaf) {
  Writer w(8 + handle.size() + Digest::kSize);
  w.u8('w').bytes(handle).raw(leaf);
  return std::move(w).take();
}

Bytes encode(const StagedValue& value) {
  Writer w(64 + value.id.size() + value.value.size());
  w.enumeration(value.kind).bytes(value.id).raw(value.s).raw(value.value);
  return std::move(w).take();
}

Result<StagedValue> decode_staged_value(BytesView bytes) {
  Reader r(bytes, "staged value");
  StagedValue value;
  value.kind = static_cast<ledger::KeyKind>(r.u8());
  value.id = to_bytes(r.bytes(kMaxIdBytes));
  value.s = r.fixed<Digest>();
  value.value = to_bytes(r.rest());
  return finish(r, std::move(value));
}

Bytes switch_key() {
  return to_bytes(std::string_view("switch"));
}

Bytes encode(const SwitchRow& row) {
  Writer w;
  w.u16(kVersion).counter(row.height).u64(row.journal_sequence);
  return std::move(w).take();
}

Result<SwitchRow> decode_switch_row(BytesView bytes) {
  Reader r(bytes, "switch row");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  SwitchRow row;
  row.height = r.counter<Height>();
  row.journal_sequence = r.u64();
  return finish(r, row);
}

}  // namespace galen::storage
