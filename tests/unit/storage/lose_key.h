// A keyring that has lost one row, as damage would have it: no order, no note. Thread rule: one
// thread.
#pragma once

#include "storage/keyring.h"
#include "storage/rocks.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace galen::test {

/// REQUIRES: nobody has the keyring open.
inline void lose_key(const std::filesystem::path& keyring,
                     const SubjectPath& subject,
                     storage::Compartment compartment) {
  Bytes row{'k'};
  {
    crypto::OsRandom random;
    const auto opened = storage::Keyring::open(keyring, random);
    ASSERT_TRUE(opened) << opened.error().message;
    const storage::KeyName name = (*opened)->name_of(subject, compartment);
    row.insert(row.end(), name.value.begin(), name.value.end());
  }
  const auto rocks = storage::Rocks::open({keyring, {}, 1U << 20U, 1U << 20U, 1U << 20U});
  ASSERT_TRUE(rocks) << rocks.error().message;
  storage::Batch batch(**rocks);
  batch.remove(0, row);
  ASSERT_TRUE((*rocks)->write(batch));
}

}  // namespace galen::test
