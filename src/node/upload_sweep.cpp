#include "node/upload_sweep.h"

#include "modules/records/records.h"
#include "telemetry/log.h"

#include <algorithm>

namespace galen::node {

namespace {

/// Of one round, so that what is waiting is bounded; the others are found by the next.
constexpr std::size_t kMaxUploadsOfARound = 100'000;

void report(const char* what, const Error& error) {
  telemetry::log(telemetry::Level::kError, "payload", what, {{"reason", error.message}});
}

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
    auto names = objects_.uploads().names(kMaxUploadsOfARound);
    if (!names) {
      report("uploads cannot be listed", names.error());
      return false;
    }
    waiting_ = *std::move(names);
  }
  for (std::size_t i = 0; i < kUploadsAtOnce && !waiting_.empty(); ++i) {
    const Digest name = waiting_.back();
    waiting_.pop_back();
    if (const Status handled = handle(name, view); !handled) {
      report("an upload's note was passed over", handled.error());
    }
  }
  return !waiting_.empty();
}

Status UploadSweep::handle(const Digest& name, const UploadView& view) {
  const auto upload = objects_.uploads().read(name);
  if (!upload && upload.error().code == ErrorCode::kNotFound) return {};  // erased meanwhile
  if (!upload) return tl::unexpected(upload.error());
  switch (fate_of(*upload, view)) {
    case UploadFate::kOnChain: return objects_.uploads().remove(name);
    case UploadFate::kWaits: return {};
    case UploadFate::kAbandoned: break;
  }
  GALEN_TRY_STATUS(objects_.abandon(*upload));
  telemetry::log(telemetry::Level::kInfo,
                 "payload",
                 "deleted an upload that never came onto the chain",
                 {{"address", telemetry::short_id(upload->address)}});
  return {};
}

Status UploadSweep::drop_erased() {
  GALEN_TRY(const auto names, objects_.uploads().names(kMaxUploadsOfARound));
  for (const Digest& name : names) {
    const auto upload = objects_.uploads().read(name);
    if (upload && !upload->owner) {
      GALEN_TRY_STATUS(objects_.abandon(*upload));
    }
  }
  return {};
}

}  // namespace galen::node
