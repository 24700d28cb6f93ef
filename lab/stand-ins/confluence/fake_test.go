package main

import (
	"context"
	"sync"
	"time"
)

// fakeStore is a Store in memory that fails on demand.
type fakeStore struct {
	mutex     sync.Mutex
	furnished bool
	fault     error
	pages     map[[2]string]page
}

func newFakeStore() *fakeStore { return &fakeStore{pages: map[[2]string]page{}} }

func (f *fakeStore) fail(fault error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.fault = fault
}

func (f *fakeStore) Furnished(context.Context) (bool, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.furnished, f.fault
}

func (f *fakeStore) Furnish(context.Context) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.fault == nil {
		f.furnished = true
	}
	return f.fault
}

func (f *fakeStore) Pages(context.Context) ([]page, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var all []page
	for _, one := range f.pages {
		all = append(all, one)
	}
	return all, f.fault
}

func (f *fakeStore) Page(_ context.Context, space, title string) (page, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.fault != nil {
		return page{}, f.fault
	}
	found, there := f.pages[[2]string{space, title}]
	if !there {
		return page{}, errNoPage
	}
	return found, nil
}

func (f *fakeStore) Write(_ context.Context, space, title, body string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.fault == nil {
		f.pages[[2]string{space, title}] = page{space, title, body, time.Unix(0, 0)}
	}
	return f.fault
}
