#include "storage/erasure_row.h"

#include "codec/codec.h"

#include <string_view>
#include <utility>

namespace galen::storage {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kVersionWithLinks = 2;  ///< only when there are any
constexpr std::string_view kPrefix = "erasure";

}  // namespace

Bytes erasure_prefix() {
  return Bytes(kPrefix.begin(), kPrefix.end());
}

Bytes erasure_key(const OrderId& order) {
  codec::Writer w;
  w.raw(erasure_prefix()).raw(order.transaction).u16(order.operation);
  return std::move(w).take();
}

Result<OrderId> decode_erasure_key(BytesView key) {
  codec::Reader r(key.subspan(std::min(key.size(), kPrefix.size())), "erasure key");
  OrderId order;
  order.transaction = r.fixed<TxId>();
  order.operation = r.u16();
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  return order;
}

Bytes encode(const ErasureRow& row) {
  codec::Writer w;
  w.u16(row.shared.empty() ? kVersion : kVersionWithLinks);
  w.enumeration(row.step).enumeration(row.scope).raw(row.path);
  w.counter(row.height).counter(row.audit_until).u64(row.operations);
  w.counter(row.keys_gone).counter(row.bytes_gone).raw(row.name).raw(row.handle);
  if (!row.shared.empty()) {
    w.u32(static_cast<std::uint32_t>(row.shared.size()));
    for (const Handle& handle : row.shared) w.raw(handle);
  }
  for (const PayloadFile& file : row.files) w.raw(file.address).raw(file.envelopes);
  return std::move(w).take();
}

Result<ErasureRow> decode_erasure_row(BytesView bytes) {
  codec::Reader r(bytes, "erasure row");
  const std::uint16_t version = r.u16();
  if (version != kVersion && version != kVersionWithLinks) r.fail_with("unknown version");
  ErasureRow row;
  row.step = r.enumeration<ErasureStep>([](ErasureStep s) { return s <= ErasureStep::kBytesGone; });
  row.scope =
      r.enumeration<ledger::ErasureScope>([](ledger::ErasureScope s) { return is_valid(s); });
  row.path = r.fixed<SubjectPath>();
  row.height = r.counter<Height>();
  row.audit_until = r.counter<TimeMs>();
  row.operations = r.u64();
  row.keys_gone = r.counter<TimeMs>();
  row.bytes_gone = r.counter<TimeMs>();
  row.name = r.fixed<KeyName>();
  row.handle = r.fixed<Handle>();
  if (version == kVersionWithLinks) {
    const std::uint32_t count = r.u32();
    if (!r.failed() && count == 0) r.fail_with("no links in a row that has some");
    for (std::uint32_t i = 0; i < count && !r.failed(); ++i)
      row.shared.push_back(r.fixed<Handle>());
  }
  while (!r.failed() && r.remaining() > 0) {
    PayloadFile file;
    file.address = r.fixed<PayloadAddress>();
    file.envelopes = r.fixed<Digest>();
    row.files.push_back(file);
  }
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  return row;
}

}  // namespace galen::storage
