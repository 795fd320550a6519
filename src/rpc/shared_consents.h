// The services' memory of patients' consent: an audit::ConsentCache for many threads. Thread rule:
// any thread; indexes are built outside the lock.
#pragma once

#include "modules/audit/consent_memory.h"

#include <memory>
#include <mutex>
#include <utility>

namespace galen::rpc {

class SharedConsents final : public audit::ConsentMemory {
 public:
  explicit SharedConsents(audit::ConsentCacheLimits limits = {}) : cache_(limits) {}

  [[nodiscard]] std::shared_ptr<const audit::CommittedGrants> find(const PatientId& patient,
                                                                   BytesView root) override {
    const std::lock_guard lock(mutex_);
    return cache_.find(patient, root);
  }

  void keep(const PatientId& patient,
            BytesView root,
            std::shared_ptr<const audit::CommittedGrants> grants) override {
    const std::lock_guard lock(mutex_);
    cache_.keep(patient, root, std::move(grants));
  }

  void forget(const PatientId& patient) override {
    const std::lock_guard lock(mutex_);
    cache_.forget(patient);
  }

  void clear() override {
    const std::lock_guard lock(mutex_);
    cache_.clear();
  }

 private:
  std::mutex mutex_;  ///< guards cache_
  audit::ConsentCache cache_;
};

}  // namespace galen::rpc
