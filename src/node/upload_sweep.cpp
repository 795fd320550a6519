#include "node/upload_sweep.h"

#include "modules/records/records.h"
#include "telemetry/log.h"

#include <utility>

namespace galen::node {

namespace {

/// What stood against handling some notes; the last of them stands for all.
struct PassedOver {
  std::uint64_t count = 0;
  Digest name;
  Error reason;

  void report() const {
    if (count == 0) return;
    telemetry::log(
        telemetry::Level::kError,
        "payload",
        "notes of uploads were passed over",
        {{"count", count}, {"last", telemetry::short_id(name)}, {"reason", reason.message}});
  }
};

}  // namespace

UploadFate fate_of(const payload::Upload& upload, const UploadView& view) {
  if (!upload.owner) return UploadFate::kAbandoned;
  const auto entry =
      records::RecordEntry::load(view.state, upload.owner->patient, upload.owner->record);
  if (entry && entry->record.payload == upload.address) return UploadFate::kOnChain;
  const bool over = view.head.value >= kUnclaimedUploadMs &&
                    upload.since.value <= view.head.value - kUnclaimedUploadMs;
  return over ? UploadFate::kAbandoned : UploadFate::kWaits;
}

bool UploadSweep::step(const UploadView& view) {
  if (waiting_.empty()) {
    auto names = objects_.uploads().names();
    if (!names) {
      telemetry::log(telemetry::Level::kError,
                     "payload",
                     "uploads cannot be listed",
                     {{"reason", names.error().message}});
      return false;
    }
    waiting_ = *std::move(names);
    ++round_;
    // Of notes that went with an erasure: what was found over by then has had its turn.
    std::erase_if(doomed_, [this](const auto& doomed) { return doomed.second.round + 1 < round_; });
  }
  PassedOver passed_over;
  for (std::size_t i = 0; i < kUploadsAtOnce && !waiting_.empty(); ++i) {
    const Digest name = waiting_.back();
    waiting_.pop_back();
    if (const Status handled = handle(name, view); !handled) {
      passed_over = {passed_over.count + 1, name, handled.error()};
    }
  }
  passed_over.report();
  return !waiting_.empty();
}

bool UploadSweep::is_due(const payload::Upload& upload) {
  if (!upload.owner) return true;
  const auto [found, is_new] = doomed_.try_emplace(upload.envelopes, Doomed{upload.since, round_});
  if (!is_new && found->second.since == upload.since) return found->second.round < round_;
  found->second = {upload.since, round_};
  return false;
}

Status UploadSweep::handle(const Digest& name, const UploadView& view) {
  const auto upload = objects_.uploads().read(name);
  if (!upload) {
    doomed_.erase(name);
    const bool erased = upload.error().code == ErrorCode::kNotFound;
    return erased ? Status() : tl::unexpected(upload.error());
  }
  const UploadFate fate = fate_of(*upload, view);
  if (fate == UploadFate::kAbandoned && !is_due(*upload)) return {};
  if (fate != UploadFate::kWaits) doomed_.erase(name);
  if (fate == UploadFate::kOnChain) return objects_.uploads().remove(name);
  if (fate == UploadFate::kWaits) return {};
  GALEN_TRY(const bool deleted, objects_.abandon(*upload));
  if (deleted) {
    telemetry::log(telemetry::Level::kInfo,
                   "payload",
                   upload->owner ? "deleted an upload that never came onto the chain"
                                 : "deleted what an erased patient's upload left",
                   {{"address", telemetry::short_id(upload->address)}});
  }
  return {};
}

Status UploadSweep::drop_erased() {
  GALEN_TRY(const auto names, objects_.uploads().names());
  for (const Digest& name : names) {
    const auto upload = objects_.uploads().read(name);
    if (!upload && upload.error().code == ErrorCode::kIo) return tl::unexpected(upload.error());
    if (upload && !upload->owner) {
      GALEN_TRY_STATUS(objects_.abandon(*upload));
    }
  }
  return {};
}

}  // namespace galen::node
