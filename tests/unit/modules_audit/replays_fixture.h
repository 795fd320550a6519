// Accesses of a doctor and what their decisions rest on, with the blocks that it all stands in, so
// that each can be decided again. Thread rule: one thread.
#pragma once

#include "modules/audit/replay.h"
#include "unit/modules_audit/read_across_fixture.h"

#include <gtest/gtest.h>

#include <map>
#include <variant>
#include <vector>

namespace galen::audit {

class Replays : public ReadAcrossTest {
 protected:
  Replays() { advance(); }

  void advance() {
    world.height.value += 1;
    world.now.value += 1000;
    times[world.height] = world.now;
  }

  /// It was executed in the present block.
  ledger::OperationResult note(const ledger::Operation& operation, ledger::OperationResult result) {
    for (const auto& [key, write] : world.last_writes) written[key] = world.height;
    if (result.code == ledger::ResultCode::kOk) {
      blocks[world.height].push_back({operation, result.detail});
    }
    return result;
  }

  GrantId give(const ledger::Operation& operation) {
    return GrantId::from(note(operation, world.give(operation, patient, custodian)).detail);
  }

  void revoke(const GrantId& id) {
    const ledger::RevokeAccess revocation{patient.patient(), id, {}};
    ASSERT_EQ(note(revocation, world.give(revocation, patient, custodian)).code,
              ledger::ResultCode::kOk);
  }

  void execute(const ledger::Operation& operation, const test::Party& by) {
    ASSERT_EQ(note(operation, world.execute(operation, by)).code, ledger::ResultCode::kOk);
  }

  /// Executes an access; its entry.
  AccessEntry ask(const ledger::AccessRequest& request,
                  const test::Party& person,
                  ledger::AuthorisationRole role) {
    const ledger::LogAccess log{request};
    note(log, world.execute(log, reader, {world.sign(log, person, role)}));
    const auto index = find_entry(world.state, patient.patient(), request, world.height);
    return load_access(world.state, patient.patient(), index.value()).value();
  }

  /// The same of the doctor's.
  AccessEntry access() {
    return ask(world.request(doctor, reader.id, patient, {record}),
               doctor,
               ledger::AuthorisationRole::kRequester);
  }

  /// Bodies of this type in the present block are gone.
  template <class Type>
  void erase_bodies() {
    std::erase_if(blocks[world.height], [](const ExecutedOperation& done) {
      return std::holds_alternative<Type>(done.value);
    });
  }

  [[nodiscard]] std::uint64_t index_of(const AccessEntry& entry) const {
    std::uint64_t index = 0;
    while (load_access(world.state, patient.patient(), index) != entry) ++index;
    return index;
  }

  [[nodiscard]] Replayed replay(const AccessEntry& entry) const {
    const History history{
        [this](const ledger::StateKey& key) {
          const auto found = written.find(key);
          return std::optional(found == written.end() ? Height{1} : found->second);
        },
        [this](Height height) {
          const auto found = times.find(height);
          return found == times.end() ? std::nullopt : std::optional(found->second);
        },
        [this](Height height) {
          const auto found = blocks.find(height);
          return found == blocks.end() ? std::vector<ExecutedOperation>{} : found->second;
        }};
    return Replay(world.state, entry, index_of(entry), history).replay(record);
  }

  void expect_same(const AccessEntry& entry) const {
    const Replayed again = replay(entry);
    ASSERT_TRUE(again.decision.has_value()) << again.changed;
    EXPECT_EQ(again.decision->reason, entry.decisions.front().reason);
    EXPECT_EQ(again.decision->grant, entry.decisions.front().grant);
    EXPECT_EQ(again.decision->obligations, entry.decisions.front().obligations);
  }

  std::map<ledger::StateKey, Height> written;
  std::map<Height, TimeMs> times;
  std::map<Height, std::vector<ExecutedOperation>> blocks;
};

}  // namespace galen::audit
