#include "payload/storage_receipt.h"

#include "codec/codec.h"
#include "crypto/keys.h"

namespace galen::payload {

namespace {

void write_fields(codec::Writer& writer, const StorageReceipt& receipt) {
  writer.raw(receipt.record).raw(receipt.address).u64(receipt.size).counter(receipt.time);
  writer.raw(receipt.node);
}

}  // namespace

Bytes StorageReceipt::encode() const {
  codec::Writer writer(256);
  writer.u16(kStorageReceiptVersion);
  write_fields(writer, *this);
  writer.raw(signature);
  return std::move(writer).take();
}

Result<StorageReceipt> StorageReceipt::decode(BytesView bytes) {
  codec::Reader reader(bytes, "storage receipt");
  StorageReceipt receipt;
  if (reader.u16() != kStorageReceiptVersion) reader.fail_with("unknown version");
  receipt.record = reader.fixed<RecordId>();
  receipt.address = reader.fixed<PayloadAddress>();
  receipt.size = reader.u64();
  receipt.time = reader.counter<TimeMs>();
  receipt.node = reader.fixed<AccountId>();
  receipt.signature = reader.fixed<Signature>();
  if (!reader.failed() && !crypto::is_canonical(receipt.signature)) {
    reader.fail_with("signature not canonical");
  }
  GALEN_TRY_STATUS(reader.finish());
  return receipt;
}

Bytes storage_statement(const ChainId& chain, const StorageReceipt& receipt) {
  codec::Writer writer(192);
  writer.tag("stored").u16(kStorageReceiptVersion).raw(chain);
  write_fields(writer, receipt);
  return std::move(writer).take();
}

StorageReceipt sign_receipt(const ChainId& chain,
                            StorageReceipt receipt,
                            const SignStatement& sign) {
  receipt.signature = sign(storage_statement(chain, receipt));
  return receipt;
}

bool verify_receipt(const ChainId& chain, const StorageReceipt& receipt, const PublicKey& key) {
  return crypto::verify(key, storage_statement(chain, receipt), receipt.signature);
}

}  // namespace galen::payload
