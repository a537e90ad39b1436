/**
 * A modal dialog: holds the focus, closes on Escape and on the backdrop, gives the focus back to where it came from.
 */
import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

export interface DialogProps {
  title: string;
  isOpen: boolean;
  /** `alertdialog` for a question that must be answered. */
  role?: 'dialog' | 'alertdialog';
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, isOpen, role = 'dialog', onClose, children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable={role === 'dialog'}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className="fixed inset-0 z-40 flex items-end justify-center bg-black/40 p-4 backdrop-blur-[2px] sm:items-center"
    >
      <Modal className="card max-h-[85dvh] w-full max-w-lg overflow-auto bg-raised">
        <AriaDialog role={role} className="p-4 outline-none sm:p-6">
          <Heading slot="title" className="mb-3 text-lg font-semibold">
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
