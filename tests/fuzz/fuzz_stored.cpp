// F8: whatever decodes from the disk encodes to the same bytes: journal records, the rows of the
// ledger, and every format of blocks and transactions. Anything may be read back from a damaged
// disk.
#include "fuzz/samples.h"
#include "fuzz/target.h"
#include "storage/erasure_row.h"
#include "storage/rows.h"
#include "unit/ledger/formats.h"

#include <functional>

namespace galen::fuzz {

namespace {

struct Format {
  Bytes seed;
  std::function<Result<Bytes>(BytesView)> again;
};

template <class Decode>
std::function<Result<Bytes>(BytesView)> again(Decode decode) {
  return [decode](BytesView bytes) -> Result<Bytes> {
    auto value = decode(bytes);
    if (!value) return tl::unexpected<Error>(value.error());
    return storage::encode(*value);
  };
}

Result<Bytes> journal_again(BytesView bytes) {
  auto record = pbft::decode_journal_record(bytes);
  if (!record) return tl::unexpected<Error>(record.error());
  return pbft::encode(*record);
}

std::vector<Format> make_formats() {
  std::vector<Format> all;
  for (const pbft::JournalRecord& record : journal_records())
    all.push_back({pbft::encode(record), journal_again});
  all.push_back(
      {storage::encode(storage::HeadRow{Height{5}, 17, {}}), again(storage::decode_head_row)});
  storage::PermanentRow permanent;
  permanent.header.operation_count = 2;
  permanent.signature = std::get<pbft::Vote>(messages()[0]).signature;
  permanent.commitments.resize(2);
  all.push_back({storage::encode(permanent), again(storage::decode_permanent_row)});
  all.push_back({storage::encode(storage::Locators(3)), again(storage::decode_locators)});
  all.push_back({storage::encode(storage::BodyRow{}), again(storage::decode_body_row)});
  all.push_back({storage::encode(storage::LinkBodyRow{{}, Bytes(40, 6)}),
                 again(storage::decode_link_body_row)});
  storage::ErasureRow erasure;
  erasure.files = {{PayloadAddress::from(Bytes(32, 6)), Digest::from(Bytes(32, 7))}};
  all.push_back({storage::encode(erasure), again(storage::decode_erasure_row)});
  erasure.shared = {storage::Handle::from(Bytes(16, 8))};
  all.push_back({storage::encode(erasure), again(storage::decode_erasure_row)});
  all.push_back({storage::encode(storage::TransactionPlace{}), again(storage::decode_place)});
  all.push_back(
      {storage::encode(storage::ValueRow{{}, Bytes(20, 4)}), again(storage::decode_value_row)});
  all.push_back({storage::encode(storage::SubjectValueRow{Bytes(32, 1), {{}, Bytes(20, 4)}}),
                 again(storage::decode_subject_value_row)});
  for (const ledger::samples::Format& format : ledger::samples::formats()) {
    if (format.again) all.push_back({format.bytes, format.again});
  }
  return all;
}

const std::vector<Format>& formats() {
  static const std::vector<Format> made = make_formats();
  return made;
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (std::size_t i = 0; i < formats().size(); ++i) {
    all.push_back({static_cast<std::uint8_t>(i)});
    all.back().insert(all.back().end(), formats()[i].seed.begin(), formats()[i].seed.end());
  }
  return all;
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace galen;
  if (size == 0) return 0;
  const auto& format = fuzz::formats()[data[0] % fuzz::formats().size()];
  const BytesView bytes(data + 1, size - 1);
  const auto encoded = format.again(bytes);
  if (encoded) CHECK(equal(*encoded, bytes), "what decodes has one encoding");
  return 0;
}
